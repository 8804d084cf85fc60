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

// Rows that come or go move no other one: a row is known by its data-key, and what is opened or has the focus in
// it stays with it.
function renewRows(old, fresh) {
  const known = new Map([...old.children].map((row) => [row.dataset.key, row]));
  const wanted = new Set([...fresh.children].map((row) => row.dataset.key));
  for (const [key, row] of known) {
    if (!wanted.has(key)) row.remove();
  }
  let place = old.firstElementChild;
  for (const row of [...fresh.children]) {
    const same = known.get(row.dataset.key);
    if (same && same === place) place = place.nextElementSibling;
    else old.insertBefore(same ?? row.cloneNode(true), place);
    if (same) renew(same, row);
  }
}

function renewChildren(old, fresh) {
  const rows = [...fresh.children];
  if (rows.length > 0 && rows.every((row) => row.dataset.key !== undefined)) {
    renewRows(old, fresh);
    return;
  }
  const wanted = [...fresh.childNodes];
  let at = old.firstChild;
  wanted.forEach((node, index) => {
    if (at && !isAlike(at, node)) {
      const stays = wanted.slice(index + 1).some((it) => it.nodeType === Node.ELEMENT_NODE && isAlike(at, it));
      const same = stays || node.nodeType !== Node.ELEMENT_NODE ? null : laterAlike(at, node);
      // Either something came before what stays, or what stood before it is gone.
      if (stays) {
        old.insertBefore(node, at);
        return;
      }
      while (same && at !== same) {
        const next = at.nextSibling;
        at.remove();
        at = next;
      }
    }
    if (!at) {
      old.append(node);
      return;
    }
    const next = at.nextSibling;
    renew(at, node);
    at = next;
  });
  while (at) {
    const next = at.nextSibling;
    at.remove();
    at = next;
  }
}

// Whether one takes the place of the other: what looks the same, whatever is in it.
function isAlike(a, b) {
  return a.nodeName === b.nodeName && a.id === b.id && a.className === b.className;
}

function laterAlike(at, node) {
  for (let it = at.nextElementSibling; it; it = it.nextElementSibling) if (isAlike(it, node)) return it;
  return null;
}

// How long to wait where the server has no place for one more.
const AGAIN_MS = 60_000;

function follow(part) {
  let source = null;
  const begin = () => {
    if (source || document.hidden) return;
    source = new EventSource(part.dataset.live);
    source.addEventListener("message", (event) => {
      const fresh = new DOMParser().parseFromString(event.data, "text/html").body;
      renewChildren(part, fresh);
      part.removeAttribute("data-stale");
    });
    const isOld = () => part.setAttribute("data-stale", "");
    source.addEventListener("away", isOld);
    // The browser tries again by itself, but not where it was refused.
    source.addEventListener("error", () => {
      isOld();
      if (source?.readyState !== EventSource.CLOSED) return;
      source = null;
      setTimeout(begin, AGAIN_MS);
    });
    source.addEventListener("end", () => {
      isOld();
      source.close();
    });
  };
  const stop = () => {
    // What has ended stays so.
    if (source?.readyState === EventSource.CLOSED) return;
    source?.close();
    source = null;
  };
  begin();
  // A page that nobody sees keeps no place; seen again, it is shown as it is by then.
  document.addEventListener("visibilitychange", () => (document.hidden ? stop() : begin()));
  window.addEventListener("pagehide", stop);
  // A page that comes back from the browser's memory begins anew.
  window.addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
}

document.querySelectorAll("[data-live]").forEach(follow);
