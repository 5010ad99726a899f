// When a till asks again.
import assert from "node:assert/strict";
import { test } from "node:test";
import { retryAfter, secondsToWait } from "../../portal/static/till/index.js";
import { NOW } from "./making.mjs";

const LAST = { pollAfterS: 30, failures: 0, retryAfterS: null, random: 0.5 };

test("after an answer a till waits as long as the manifest says, with a tenth of jitter to both sides", () => {
  assert.deepEqual(
    [0, 0.5, 1].map((random) => Math.round(secondsToWait({ ...LAST, random }))),
    [27, 30, 33],
  );
});

test("after failures it may ask at any time from at once to a bound that doubles up to five minutes", () => {
  const most = [1, 2, 3, 5, 30, 5000].map((failures) => secondsToWait({ ...LAST, failures, random: 1 }));
  assert.deepEqual(most, [4, 8, 16, 64, 300, 300]);
  assert.equal(secondsToWait({ ...LAST, failures: 5, random: 0 }), 0);
});

test("Retry-After is obeyed, never undercut, spread a little and bounded to an hour", () => {
  assert.equal(secondsToWait({ ...LAST, failures: 3, retryAfterS: 120, random: 0 }), 120);
  assert.equal(secondsToWait({ ...LAST, failures: 3, retryAfterS: 120, random: 1 }), 123);
  assert.equal(secondsToWait({ ...LAST, retryAfterS: 10 ** 9, random: 0 }), 3600);
});

test("Retry-After is a number of seconds or a date", () => {
  assert.deepEqual(
    ["30", " 0 ", new Date(NOW + 90_000).toUTCString(), new Date(NOW - 90_000).toUTCString(), "soon", "", null].map(
      (header) => retryAfter(header, NOW),
    ),
    [30, 0, 90, 0, null, null, null],
  );
});
