// Lists of categories, tags and segments in the forms of the catalogue get the builder's picker.
import { enhancePickers } from "./builder-picker.js";

enhancePickers(document);
