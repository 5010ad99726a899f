// htmx from its CDN with an integrity hash; after an error or 1.5 s of silence, from the portal itself.
(() => {
  const PATIENCE_MS = 1500;
  const { source, cdn, integrity, local } = document.currentScript.dataset;
  let settled = false;

  function insert(address, name, hash) {
    const script = document.createElement("script");
    script.src = address;
    if (hash) {
      script.integrity = hash;
      script.crossOrigin = "anonymous";
    }
    script.addEventListener("load", () => arrived(name));
    document.head.append(script);
    return script;
  }

  function arrived(name) {
    settled = true;
    document.documentElement.dataset.htmx = name;
    document.dispatchEvent(new CustomEvent("portal:htmx", { detail: { source: name } }));
  }

  function fallBack(late) {
    if (settled) return;
    settled = true;
    // A script that was moved to another document never runs, even when its answer comes late.
    if (late) document.implementation.createHTMLDocument("").adoptNode(late);
    insert(local, "local");
  }

  function start() {
    if (source === "local") {
      insert(local, "local");
      return;
    }
    const script = insert(cdn, "cdn", integrity);
    script.addEventListener("error", () => fallBack(script));
    setTimeout(() => fallBack(script), PATIENCE_MS);
  }

  // htmx reads its configuration at once only in a complete document; between "interactive" and
  // "complete" it would wait for an event that has already been.
  if (document.readyState === "complete") start();
  else window.addEventListener("load", start, { once: true });
})();
