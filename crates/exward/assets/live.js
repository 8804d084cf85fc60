// Keeps parts of a page fresh. An element with data-live="/path" shows what the server sends on that path:
// events whose data is HTML made by the same templates as the page. Without this script the page says the same,
// as of when it was loaded. What did not change is not touched, so focus, open details and typed text stay.
"use strict";

// Makes `old` like `fresh`, with as few changes as possible.
function renew(old, fresh) {
  if (old.nodeType !== fresh.nodeType || old.nodeName !== fresh.nodeName) {
    old.replaceWith(fresh);
    return;
  }
  if (old.nodeType !== Node.ELEMENT_NODE) {
    if (old.nodeValue !== fresh.nodeValue) old.nodeValue = fresh.nodeValue;
    return;
  }
  for (const { name } of [...old.attributes]) {
    // Who opened something wants it open.
    if (!fresh.hasAttribute(name) && name !== "open") old.removeAttribute(name);
  }
  for (const { name, value } of [...fresh.attributes]) {
    if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  }
  renewChildren(old, fresh);
}

function renewChildren(old, fresh) {
  const wanted = [...fresh.childNodes];
  const present = [...old.childNodes];
  wanted.forEach((node, index) => {
    if (index < present.length) renew(present[index], node);
    else old.append(node);
  });
  present.slice(wanted.length).forEach((node) => node.remove());
}

function follow(part) {
  const source = new EventSource(part.dataset.live);
  source.addEventListener("message", (event) => {
    const fresh = new DOMParser().parseFromString(event.data, "text/html").body;
    renewChildren(part, fresh);
    part.removeAttribute("data-stale");
  });
  // The browser tries again by itself; until then the part says that it may be old.
  source.addEventListener("error", () => part.setAttribute("data-stale", ""));
  source.addEventListener("end", () => source.close());
  window.addEventListener("pagehide", () => source.close());
  // A page that comes back from the browser's memory begins anew.
  window.addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
}

document.querySelectorAll("[data-live]").forEach(follow);
