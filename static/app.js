// What htmx leaves to us: an answer that never came, focus after a swap, photos, forms not yet sent.
// Works without: every form and link does its job when this file never arrives. Words come from body's data-*.
(() => {
  "use strict";
  const on = (name, act, capture) => document.addEventListener(name, act, capture);
  const words = () => document.body.dataset;
  const isOurs = answer => /hx-request-type/i.test(answer.headers.get("Vary") || "");
  const make = (tag, properties) => Object.assign(document.createElement(tag), properties);

  // --- not delivered is a state: nothing typed is lost, the same key goes again
  function told(text, ...ways) {
    const box = make("p", {className: "unsent"});
    box.setAttribute("role", "alert");
    box.append(text + " · ", ...ways.map(([textContent, onclick]) => make("button", {type: "button", className: "button", textContent, onclick})));
    return box;
  }
  function tellUnsent({request, sourceElement, target}) {
    if (target?.hold) return target.hold();
    const form = request.form || sourceElement.closest("form");
    const again = () => {
      box.remove();
      if (form?.isConnected) form.requestSubmit(form.contains(request.submitter) ? request.submitter : null);
      else if (sourceElement.click) sourceElement.click();
    };
    const box = told(words().unsent, [words().retry, again]);
    if (form?.isConnected && form.method === "post") form.append(box);
    else document.getElementById("notice").replaceChildren(box);
  }

  on("htmx:before:request", ({detail: {ctx}}) => {
    (ctx.request.form || document).querySelectorAll(":not(li) > .unsent").forEach(box => box.remove());
    document.getElementById("notice")?.replaceChildren();
  });
  on("htmx:before:response", event => {
    const {ctx} = event.detail, {status, raw} = ctx.response;
    if (status < 500 && status !== 413 && isOurs(raw)) {
      if (ctx.hx.retarget) ctx.target?.hold?.();
      return status < 400 && touched.delete(ctx.request.form);
    }
    event.preventDefault();
    tellUnsent(ctx);
  });
  on("htmx:error", ({detail: {ctx}}) => ctx?.request && !ctx.response && tellUnsent(ctx));

  // --- focus goes to what is wrong, else where the fragment says, else to the heading of a new page
  on("htmx:after:settle", ({target, detail: {task, newContent}}) => {
    if (task.type !== "main") return;
    const find = selector => newContent.map(node => node.matches?.(selector) ? node : node.querySelector?.(selector)).find(Boolean);
    const page = task.target === document.body;
    const goal = find(".errors") || find("[data-focus]") || (page && find("h1"));
    if (goal) goal.focus();
    else if (document.activeElement === document.body && newContent[0]?.focus) {
      const first = newContent.find(node => node.focus);
      first.tabIndex = -1;
      first.focus({preventScroll: true});
    }
  });

  // --- a form with something typed is not left by accident
  const touched = new Set();
  on("input", ({target: {form}}) => form?.method === "post" && touched.add(form));
  on("submit", event => {
    const slot = event.target.querySelector(".sending, .held");
    if (!slot) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (slot.className === "held") slot.hold(words().held);
    slot.scrollIntoView({block: "center"});
    slot.querySelector("button")?.focus();
  }, true);
  on("submit", event => event.defaultPrevented || touched.clear());
  addEventListener("beforeunload", event => [...touched].some(form => form.isConnected) && event.preventDefault());

  // --- every row of a list at once
  on("change", ({target}) => "all" in target.dataset && document.querySelectorAll("[name=chosen]:not(:disabled)")
    .forEach(box => box.checked = target.checked));

  // --- photos: made small, then staged one by one, each a small request of its own. What did not arrive is held in its
  // slot: the form waits until it is sent again or left out
  async function shrink(file) {
    if (!file.type.startsWith("image/")) return file;
    try {
      const picture = await createImageBitmap(file);
      const scale = Math.min(1, 1280 / Math.max(picture.width, picture.height));
      const canvas = make("canvas", {width: picture.width * scale, height: picture.height * scale});
      canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
      const small = await new Promise(done => canvas.toBlob(done, "image/jpeg", .8));
      return small && small.size < file.size ? new File([small], "foto.jpg", {type: small.type}) : file;
    } catch {
      return file;
    }
  }
  const freshKey = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), byte => byte.toString(16).padStart(2, "0")).join("");
  let courier;
  function stage(input, file) {
    const slot = make("li", {className: "sending", textContent: words().sending});
    const values = {kind: input.dataset.kind, field: input.name, key: freshKey()};
    const leaveOut = () => {
      slot.remove();
      input.focus();
    };
    slot.hold = (why = words().unsent) => {
      slot.className = "held";
      slot.replaceChildren(told(`${file.name}: ${why}`, [words().retry, slot.send], [words().drop, leaveOut]));
    };
    slot.send = async () => {
      slot.className = "sending";
      slot.textContent = words().sending;
      values.file ||= await shrink(file);
      if (!slot.isConnected) return;
      values.csrf_token = input.form.elements.csrf_token.value;
      if (!courier?.isConnected) {
        courier = document.body.appendChild(make("form", {hidden: true, enctype: "multipart/form-data"}));
        courier.setAttribute("hx-sync", "this:queue all");
      }
      htmx.ajax("POST", input.dataset.stage, {source: courier, target: slot, swap: "outerHTML", values});
    };
    input.closest(".evidence").querySelector("ul").append(slot);
    return slot;
  }
  on("change", async ({target}) => {
    if (!target.matches("input[type=file][data-stage]") || !window.htmx) return;
    const slots = [...target.files].map(file => stage(target, file));
    target.value = "";
    touched.add(target.form);
    for (const slot of slots) await slot.send();
  });

  // --- one key to the next case; a button that prints
  on("click", ({target}) => target.closest("[data-print]") && print());
  on("keydown", ({key, target, ctrlKey, metaKey, altKey}) => {
    if (key === "n" && !ctrlKey && !metaKey && !altKey && !target.closest("input,select,textarea")) document.querySelector("[data-next]")?.click();
  });
})();
