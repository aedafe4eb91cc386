// The chat of a practice on any page of its own: one script tag, one custom element, nothing else.
// Talks to the gateway it was loaded from; keeps its chat over page loads; never loses what was typed.
(() => {
  "use strict";
  if (customElements.get("leadline-chat")) return;

  const script = document.currentScript;
  const home = new URL(script.src);
  const practice = home.pathname.split("/")[2];
  const base = `${home.origin}/chat/${practice}`;
  const STORE = `leadline-chat:${practice}`;
  const LONGEST = 2000;
  const SILENCE = 60000; // the gateway says something every 25 seconds

  const TEXTS = {
    en: {
      open: "Open chat", close: "Close chat", title: "Chat with us", unread: "new messages",
      log: "Messages", write: "Write a message", send: "Send", you: "You", auto: "Automatic answer",
      connecting: "Connecting…", offline: "No connection. What you write is kept and sent as soon as it is back.",
      new: "Write to us, somebody here will answer.", hello: "Hello. What can we do for you?",
      closed: "We are closed now. Leave a message and a number; somebody will get back to you on {when}.",
      closedOnly: "We are closed now. Leave a message and a number; somebody will get back to you.",
      finding: "Finding somebody for you…", live: "{who} is here", later: "{who} will get back to you",
      ended: "This chat has ended. Write again whenever you like.", typing: "{who} is writing…",
      sending: "Sending…", waiting: "Waiting for the connection…", sent: "Sent", failed: "Not sent", again: "Try again",
      slow: "One moment, that was a lot at once…", long: "{n} characters too many",
      form: "Leave a number", formTitle: "Rather a text or a call?", name: "Name (optional)", phone: "Phone number",
      way: "How should we reach you?", text: "Text me", call: "Call me", submit: "Leave my number", cancel: "Not now",
      badPhone: "Please give a number we can reach, such as (555) 555-0123.", badConsent: "Please tick this box first.",
      left: "Thank you, we have your number.", callUs: "Call us", end: "End chat", fresh: "New chat",
      urgent: "Not for emergencies: call 911, or call or text 988.",
    },
    es: {
      open: "Abrir chat", close: "Cerrar chat", title: "Escríbanos", unread: "mensajes nuevos",
      log: "Mensajes", write: "Escriba un mensaje", send: "Enviar", you: "Usted", auto: "Respuesta automática",
      connecting: "Conectando…", offline: "Sin conexión. Lo que escriba se guarda y se envía en cuanto vuelva.",
      new: "Escríbanos; alguien de aquí le responderá.", hello: "Hola. ¿En qué podemos ayudarle?",
      closed: "Ahora estamos cerrados. Deje un mensaje y un número; le responderemos el {when}.",
      closedOnly: "Ahora estamos cerrados. Deje un mensaje y un número; le responderemos.",
      finding: "Buscamos a alguien para usted…", live: "{who} está aquí", later: "{who} le responderá",
      ended: "Este chat terminó. Vuelva a escribir cuando quiera.", typing: "{who} está escribiendo…",
      sending: "Enviando…", waiting: "Esperando la conexión…", sent: "Enviado", failed: "No enviado", again: "Reintentar",
      slow: "Un momento, eso fue mucho de una vez…", long: "{n} caracteres de más",
      form: "Dejar un número", formTitle: "¿Prefiere un mensaje o una llamada?", name: "Nombre (opcional)",
      phone: "Número de teléfono", way: "¿Cómo le contactamos?", text: "Por mensaje", call: "Por llamada",
      submit: "Dejar mi número", cancel: "Ahora no",
      badPhone: "Escriba un número donde podamos contactarle, como (555) 555-0123.", badConsent: "Marque primero esta casilla.",
      left: "Gracias, tenemos su número.", callUs: "Llámenos", end: "Terminar chat", fresh: "Chat nuevo",
      urgent: "No es para emergencias: llame al 911, o llame o escriba al 988.",
    },
  };

  const STYLE = `
    :host { --accent: var(--leadline-accent, #0b5c63); --on-accent: var(--leadline-on-accent, #fff);
      --surface: var(--leadline-surface, #fff); --ink: var(--leadline-text, #14232b); --soft: var(--leadline-muted, #4b5d67);
      --bubble: var(--leadline-bubble, #edf2f4); --line: var(--leadline-line, #8797a1); --alarm: var(--leadline-alarm, #a3231f);
      --radius: var(--leadline-radius, 16px); --gap: var(--leadline-offset, 20px);
      position: fixed; inset: auto var(--gap) calc(var(--gap) + env(safe-area-inset-bottom, 0px)) auto;
      z-index: var(--leadline-z, 2147483000); font: 16px/1.45 var(--leadline-font, system-ui, sans-serif); color: var(--ink);
      color-scheme: light; text-align: start; }
    :host([side="left"]) { inset-inline: var(--gap) auto; }
    :host([theme="dark"]) { DARK }
    @media (prefers-color-scheme: dark) { :host(:not([theme="light"])) { DARK } }
    *, *::before { box-sizing: border-box; } [hidden] { display: none !important; }
    button, input, textarea { font: inherit; color: inherit; margin: 0; } button { cursor: pointer; }
    :focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
    .launch { display: grid; place-items: center; width: 60px; height: 60px; border: 0; border-radius: 50%;
      background: var(--accent); color: var(--on-accent); box-shadow: 0 6px 22px #0006; margin-inline-start: auto; position: relative; }
    .launch:hover, .go:hover:not(:disabled) { filter: brightness(1.12); }
    .launch:focus-visible { outline-color: var(--ink); }
    .count { position: absolute; top: -4px; inset-inline-end: -4px; min-width: 24px; height: 24px; padding: 0 6px; border-radius: 12px;
      background: var(--alarm); color: #fff; font: 700 14px/24px system-ui; }
    .panel { display: flex; flex-direction: column; width: 380px; height: min(640px, calc(100dvh - 2 * var(--gap)));
      background: var(--surface); border: 1px solid color-mix(in srgb, var(--line) 45%, transparent); border-radius: var(--radius);
      box-shadow: 0 18px 60px #0005; overflow: hidden; }
    header { display: flex; gap: 4px; align-items: center; padding: 12px 10px 12px 18px; background: var(--accent); color: var(--on-accent); }
    header :focus-visible { outline-color: currentColor; outline-offset: -3px; }
    header div { flex: 1; min-width: 0; } h2 { margin: 0; font-size: 17px; line-height: 1.3; }
    .where { margin: 0; font-size: 14px; } .here::before { content: ""; display: inline-block; width: 9px; height: 9px;
      margin-inline-end: 7px; border-radius: 50%; background: #7ee2a0; box-shadow: 0 0 0 1px currentColor; }
    .bare { display: grid; place-items: center; border: 0; background: none; min-width: 44px; height: 44px; border-radius: 10px; }
    .bare:hover { background: #ffffff26; }
    .log { flex: 1; min-height: 0; overflow-y: auto; padding: 14px 16px 6px; overscroll-behavior: contain; } .hello { margin: 0; }
    ol { list-style: none; margin: 0; padding: 0; display: flex; flex-direction: column; gap: 8px; }
    li { max-width: 86%; align-self: flex-start; overflow-wrap: anywhere; }
    li p { margin: 0; padding: 9px 13px; border-radius: 14px 14px 14px 4px; background: var(--bubble); white-space: pre-wrap; unicode-bidi: plaintext; }
    li small, .foot, .hint { color: var(--soft); font-size: 13px; } li small { display: block; padding: 2px 4px 0; }
    li.you { align-self: flex-end; } li.you p { background: var(--accent); color: var(--on-accent); border-radius: 14px 14px 4px 14px; }
    li.you small { text-align: end; } li.wait p { opacity: .92; }
    li.auto p { background: none; border: 1px solid color-mix(in srgb, var(--line) 60%, transparent); }
    li.mark { align-self: center; max-width: 100%; } li.failed small { color: var(--alarm); }
    .typing { padding: 0 18px; font-size: 13px; line-height: 22px; color: var(--soft); margin: 0; }
    .notice { margin: 0; padding: 9px 16px; background: color-mix(in srgb, #e0a100 22%, var(--surface)); font-size: 14px; }
    form { margin: 0; } .write { display: flex; gap: 8px; align-items: flex-end; padding: 8px 12px; }
    textarea, .field { width: 100%; border: 1px solid var(--line); border-radius: 12px; padding: 10px 12px; background: var(--surface); }
    textarea { resize: none; min-height: 46px; max-height: 132px; field-sizing: content; }
    ::placeholder { color: var(--soft); opacity: 1; }
    .go { border: 0; border-radius: 12px; min-width: 46px; min-height: 46px; padding: 0 14px; background: var(--accent); color: var(--on-accent); font-weight: 600; display: inline-grid; place-items: center; }
    .go:disabled { opacity: .5; cursor: default; }
    .foot { display: flex; flex-wrap: wrap; gap: 2px 14px; padding: 0 16px 10px; } .foot p { margin: 0; flex-basis: 100%; }
    .link { display: inline-flex; align-items: center; border: 0; background: none; padding: 0; min-height: 34px; color: inherit; text-decoration: underline; text-underline-offset: 3px; font-size: 14px; }
    .number .field { margin-top: 4px; padding: 9px 10px; } .pair { display: grid; grid-template-columns: 1fr 1fr; gap: 10px; align-items: end; } .number { margin: 0 12px; padding: 12px 14px 14px; border: 1px solid color-mix(in srgb, var(--line) 55%, transparent); border-radius: 14px; overflow-y: auto; flex: 0 1 auto; }
    .number h3 { margin: 0 0 8px; font-size: 16px; } .number label { display: block; font-size: 14px; margin-bottom: 8px; }
    fieldset { border: 0; margin: 0 0 4px; padding: 0; } legend { padding: 0; font-size: 14px; }
    .pick { display: inline-flex !important; gap: 7px; align-items: center; min-height: 36px; margin: 0 18px 0 0 !important; }
    .tick { display: flex !important; gap: 9px; align-items: flex-start; } input[type=radio], input[type=checkbox] { width: 19px; height: 19px; flex: none; margin: 1px 0 0; accent-color: var(--accent); }
    .bad { color: var(--alarm); font-size: 14px; margin: 0 0 8px; } [aria-invalid=true] { border-color: var(--alarm); outline-color: var(--alarm); }
    .acts { display: flex; gap: 14px; align-items: center; }
    .unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
    @media (max-width: 480px) { :host([opened]) { inset: 0; } .panel { width: 100%; height: 100dvh; border: 0; border-radius: 0; } }
    @media (max-height: 560px) { .number { max-height: 60vh; } }
    @media (prefers-reduced-motion: no-preference) { .panel { animation: up .16s ease-out; } @keyframes up { from { transform: translateY(12px); opacity: 0; } } }
    @media (forced-colors: active) { .launch, .panel, li p { border: 1px solid; } }
    @media print { :host { display: none; } }
  `.replaceAll("DARK", `--accent: var(--leadline-accent-dark, #62c9d1); --on-accent: var(--leadline-on-accent-dark, #05262a);
    --surface: var(--leadline-surface-dark, #121d24); --ink: var(--leadline-text-dark, #e9f0f3); --soft: var(--leadline-muted-dark, #a9bac3);
    --bubble: var(--leadline-bubble-dark, #22323c); --line: var(--leadline-line-dark, #71848f); --alarm: var(--leadline-alarm-dark, #ff9c94); color-scheme: dark;`);

  const sheet = new CSSStyleSheet();
  sheet.replaceSync(STYLE);

  // Elements are built one by one: a page that demands trusted types allows nothing else.
  function make(tag, given = {}, ...inner) {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(given)) {
      if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
      else if (value === true || value === false) node.toggleAttribute(name, value);
      else if (value !== null) node.setAttribute(name, value);
    }
    node.append(...inner);
    return node;
  }

  function icon(path) {
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    const line = document.createElementNS("http://www.w3.org/2000/svg", "path");
    for (const [name, value] of Object.entries({ viewBox: "0 0 24 24", width: 26, height: 26, "aria-hidden": true })) svg.setAttribute(name, value);
    for (const [name, value] of Object.entries({ d: path, fill: "none", stroke: "currentColor", "stroke-width": 2, "stroke-linecap": "round", "stroke-linejoin": "round" })) line.setAttribute(name, value);
    svg.append(line);
    return svg;
  }
  const BUBBLE = "M4 5h16v11H10l-5 4v-4H4z M8 9h8 M8 12h5";
  const CROSS = "M6 9l6 6 6-6";
  const ARROW = "M4 12h15 M13 6l6 6-6 6";

  // Some browsers forbid storage to a page; then the chat lasts as long as the page.
  let memory = {};
  const kept = () => {
    try { return JSON.parse(sessionStorage.getItem(STORE)) || memory; } catch { return memory; }
  };
  const keep = (change) => {
    memory = { ...kept(), ...change };
    try { sessionStorage.setItem(STORE, JSON.stringify(memory)); } catch { /* kept in memory */ }
  };
  const fresh = () => [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");

  class LeadlineChat extends HTMLElement {
    #shown = new Map(); // number of a message to its line
    #waiting = new Map(); // the browser's own id to the line of a message that is not written yet
    #state = { state: "new", open: true };
    #socket = null;
    #tries = 0;
    #unread = 0;
    #timers = {};
    #built = false;

    connectedCallback() {
      if (this.#built) return;
      this.#built = true;
      const asked = this.getAttribute("language") || script.dataset.language || document.documentElement.lang || navigator.language || "en";
      this.language = asked.slice(0, 2).toLowerCase() in TEXTS ? asked.slice(0, 2).toLowerCase() : "en";
      this.words = TEXTS[this.language];
      this.lang = this.language;
      const root = this.attachShadow({ mode: "open" });
      root.adoptedStyleSheets = [sheet];
      this.#build(root);
      addEventListener("online", () => this.#hurry());
      document.addEventListener("visibilitychange", () => { if (!document.hidden) { this.#hurry(); this.#seen(); } });
      const before = kept();
      this.field.value = before.draft || "";
      this.#fit();
      for (const message of before.out || []) this.#show(message);
      if (before.secret) this.#connect();
      if (before.opened) this.open(false);
    }

    open(focus = true) {
      this.launch.hidden = true;
      this.panel.hidden = false;
      this.toggleAttribute("opened", true);
      keep({ opened: true });
      if (focus) this.field.focus();
      this.#seen();
      this.#end();
      if (!this.#socket) this.#connect();
      this.dispatchEvent(new CustomEvent("leadline-open"));
    }

    close() {
      this.panel.hidden = true;
      this.launch.hidden = false;
      this.toggleAttribute("opened", false);
      keep({ opened: false });
      this.launch.focus();
    }

    // What is on the screen

    #build(root) {
      const w = this.words;
      const one = (part, node) => (this[part] = node);
      root.append(
        one("launch", make("button", { class: "launch", type: "button", "aria-label": w.open, "aria-haspopup": "dialog", onclick: () => this.open() },
          icon(BUBBLE), one("count", make("span", { class: "count", hidden: true })))),
        one("panel", make("section", { class: "panel", role: "dialog", "aria-labelledby": "title", hidden: true, onkeydown: (event) => this.#key(event) },
          make("header", {},
            make("div", {}, one("name", make("h2", { id: "title" }, w.title)), one("where", make("p", { class: "where", role: "status" }))),
            make("button", { class: "bare", type: "button", "aria-label": w.close, onclick: () => this.close() }, icon(CROSS))),
          one("notice", make("p", { class: "notice", role: "status", hidden: true })),
          one("box", make("div", { class: "log", role: "log", "aria-label": w.log, "aria-live": "polite", "aria-relevant": "additions", tabindex: "0" },
            one("hello", make("p", { class: "hello" }, w.hello)), one("list", make("ol")))),
          one("writes", make("p", { class: "typing", "aria-live": "polite" })),
          this.#numberForm(one),
          make("form", { class: "write", onsubmit: (event) => this.#submit(event) },
            one("field", make("textarea", { rows: "1", "aria-label": w.write, placeholder: w.write, "aria-describedby": "long", enterkeyhint: "send",
              oninput: () => this.#typed(), onkeydown: (event) => this.#enter(event) })),
            one("send", make("button", { class: "go", "aria-label": w.send }, icon(ARROW)))),
          make("div", { class: "foot" },
            one("over", make("p", { class: "bad", id: "long", role: "status" })),
            one("ask", make("button", { class: "link", type: "button", "aria-expanded": "false", onclick: () => this.#ask(this.number.hidden, true) }, w.form)),
            one("dial", make("a", { class: "link", hidden: true }, w.callUs)),
            one("leave", make("button", { class: "link", type: "button", hidden: true, onclick: () => this.#tell({ type: "end" }) }, w.end)),
            make("p", {}, w.urgent)))));
    }

    #numberForm(one) {
      const w = this.words;
      const pick = (value, words) => make("label", { class: "pick" }, make("input", { type: "radio", name: "way", value, checked: value === "text" }), words);
      return one("number", make("form", { class: "number", novalidate: true, hidden: true, "aria-labelledby": "rather", onsubmit: (event) => this.#leaveNumber(event) },
        make("h3", { id: "rather" }, w.formTitle),
        make("div", { class: "pair" },
          make("label", {}, w.name, make("input", { class: "field", name: "name", maxlength: "80", autocomplete: "name" })),
          make("label", {}, w.phone, make("input", { class: "field", name: "phone", type: "tel", inputmode: "tel", maxlength: "40", autocomplete: "tel", required: true, "aria-describedby": "wrong" }))),
        make("fieldset", {}, make("legend", {}, w.way), pick("text", w.text), pick("call", w.call)),
        make("label", { class: "tick" }, make("input", { type: "checkbox", name: "consent", "aria-describedby": "wrong" }), one("consent", make("span"))),
        one("wrong", make("p", { class: "bad", id: "wrong", role: "alert" })),
        make("div", { class: "acts" }, make("button", { class: "go" }, w.submit),
          make("button", { class: "link", type: "button", onclick: () => { this.#ask(false); this.field.focus(); } }, w.cancel))));
    }

    #say(key, values = {}) {
      return this.words[key].replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
    }

    #refresh() {
      const { state, open, opens, who } = this.#state;
      const when = opens && new Date(opens).toLocaleString(this.language, { weekday: "long", hour: "numeric", minute: "2-digit", timeZone: kept().zone });
      const where = state === "new" ? (open ? this.words.new : "") : this.#say(state, { who: who || this.name.textContent });
      if (this.where.textContent !== where) this.where.textContent = where;
      this.where.classList.toggle("here", state === "live");
      this.leave.hidden = !["finding", "live"].includes(state);
      const closed = state === "new" && !open;
      const told = closed && (when ? this.#say("closed", { when }) : this.words.closedOnly);
      this.#note(this.#online() || !this.#socket ? told : this.words.offline);
      const { consent, name, number } = kept();
      this.consent.textContent = consent || "";
      this.ask.hidden = !consent;
      if (name) this.name.textContent = name;
      this.dial.hidden = !number;
      if (number) this.dial.href = `tel:${number}`;
      this.#unfold(closed || (state === "later" && !this.#state.left));
    }

    // Offered once by itself in each standing, never taken away while she fills it in; closed once we have her number.
    #unfold(wanted) {
      const { state, open, left } = this.#state;
      const standing = `${state}${open}`;
      if (left && !this.#timers.left) this.#ask(false);
      this.#timers.left = left;
      if (!wanted || !kept().consent || this.#timers.unfolded === standing) return;
      if ((kept().out || []).some((message) => message.type === "leave")) return;
      this.#timers.unfolded = standing;
      this.#ask(true);
    }

    #ask(shown, focus = false) {
      this.number.hidden = !shown;
      this.ask.setAttribute("aria-expanded", shown);
      if (shown && focus) this.number.elements.name.focus();
      this.#end();
    }

    #note(words) {
      this.notice.hidden = !words;
      if (words && this.notice.textContent !== words) this.notice.textContent = words;
    }

    #line(kind, author, text, small) {
      const note = make("small", {}, small);
      const line = make("li", { class: kind }, make("span", { class: "unseen" }, `${author}: `), make("p", {}, text), note);
      line.note = note;
      return line;
    }

    #show(message) {
      const words = message.type === "leave" ? `${this.words.form}: ${message.phone}` : message.text;
      const line = this.#line("you wait", this.words.you, words, this.#online() ? this.words.sending : this.words.waiting);
      this.#waiting.set(message.id, line);
      this.list.append(line);
      this.#end();
    }

    #hear(message) {
      if (this.#shown.has(message.sequence)) return;
      const when = new Date(message.at).toLocaleTimeString(this.language, { hour: "numeric", minute: "2-digit" });
      const mine = message.from === "you";
      const author = mine ? this.words.you : message.from === "us" ? message.who || this.name.textContent : this.words.auto;
      const small = mine ? `${when} · ${this.words.sent}` : `${author} · ${when}`;
      const waited = this.#waiting.get(message.id);
      this.#written(message.id);
      const first = this.#waiting.values().next().value || null;
      const line = waited || this.list.insertBefore(this.#line(message.from, author, message.text, small), first);
      this.#shown.set(message.sequence, line);
      if (waited) {
        // The same element, so that it is not read out a second time.
        line.className = "you";
        line.querySelector("p").textContent = message.text;
        line.note.textContent = small;
      }
      if (message.from === "us") this.writes.textContent = "";
      if (!mine) this.#count(message.sequence);
      this.#end();
    }

    // Only what she has not had before her eyes, on this page or the one before.
    #count(number) {
      if (!this.panel.hidden && !document.hidden) return this.#seen();
      if (number > (kept().seen || 0)) this.#unread += 1;
      this.#badge();
    }

    #badge() {
      this.count.hidden = !this.#unread;
      this.count.textContent = this.#unread || "";
      this.launch.setAttribute("aria-label", this.#unread ? `${this.words.open}, ${this.#unread} ${this.words.unread}` : this.words.open);
    }

    #seen() {
      if (this.panel.hidden || document.hidden) return;
      this.#unread = 0;
      this.#badge();
      const upto = Math.max(0, ...this.#shown.keys());
      if (upto > (kept().seen || 0)) keep({ seen: upto });
      if (upto) this.#tell({ type: "got", upto });
    }

    #end() {
      this.hello.hidden = this.list.hasChildNodes() || !this.number.hidden;
      this.box.scrollTop = this.box.scrollHeight;
    }

    // What she does

    #key(event) {
      if (event.key === "Escape") this.close();
    }

    #enter(event) {
      if (event.key === "Enter" && !event.shiftKey && !event.isComposing) this.#submit(event);
    }

    #typed() {
      keep({ draft: this.field.value });
      this.#fit();
      if (this.#state.state === "new" || this.#timers.typing) return;
      this.#tell({ type: "typing" });
      this.#timers.typing = setTimeout(() => (this.#timers.typing = 0), 4000);
    }

    #fit() {
      const over = this.field.value.length - LONGEST;
      this.over.textContent = over > 0 ? this.#say("long", { n: over }) : "";
      this.send.disabled = !this.field.value.trim() || over > 0;
      if (CSS.supports("field-sizing", "content")) return;
      this.field.style.height = "auto";
      this.field.style.height = `${this.field.scrollHeight + 2}px`;
    }

    #submit(event) {
      event?.preventDefault();
      const text = this.field.value.trim();
      if (!text || text.length > LONGEST) return false;
      this.#post({ type: "say", id: fresh(), text });
      this.field.value = "";
      this.#typed();
      return true;
    }

    #leaveNumber(event) {
      event.preventDefault();
      const { name, phone, way, consent } = this.number.elements;
      const digits = phone.value.replace(/\D/g, "").length;
      if (this.#wrong(digits < 10 || digits > 15 ? phone : consent.checked ? null : consent)) return;
      this.#submit();
      this.#post({ type: "leave", id: fresh(), name: name.value.trim(), phone: phone.value.trim(), way: way.value, consent: true });
      this.#ask(false);
      this.field.focus();
    }

    #wrong(field) {
      for (const each of [this.number.elements.phone, this.number.elements.consent]) each.setAttribute("aria-invalid", each === field);
      this.wrong.textContent = field ? this.words[field.name === "phone" ? "badPhone" : "badConsent"] : "";
      field?.focus();
      return field;
    }

    // Nothing leaves this list before the gateway has written it.
    #post(message) {
      keep({ out: [...(kept().out || []), message] });
      this.#show(message);
      if (!this.#tell(message)) this.#hurry();
    }

    #written(id) {
      this.#waiting.delete(id);
      const out = kept().out || [];
      if (out.some((message) => message.id === id)) keep({ out: out.filter((message) => message.id !== id) });
    }

    #refused({ code, id, wait }) {
      const message = (kept().out || []).find((each) => each.id === id);
      const line = this.#waiting.get(id);
      if (!message || !line) return;
      if (code === "ended") return this.#renew(true);
      if (wait) {
        line.note.textContent = code === "too_many" ? this.words.slow : this.words.waiting;
        setTimeout(() => kept().out?.some((each) => each.id === id) && this.#tell(message), wait * 1000 + 200);
        return;
      }
      this.#failed(message, line);
      if (message.type === "leave") {
        this.#ask(true);
        this.#wrong(this.number.elements[code === "phone" ? "phone" : "consent"]);
      }
    }

    #failed(message, line) {
      this.#written(message.id);
      line.classList.add("failed");
      if (message.type === "leave") return line.remove();
      const again = () => { line.remove(); this.#post({ ...message, id: fresh() }); };
      line.note.replaceChildren(`${this.words.failed} `, make("button", { class: "link", type: "button", onclick: again }, this.words.again));
    }

    // The line to the gateway

    #online() {
      return this.#socket?.readyState === WebSocket.OPEN;
    }

    #tell(message) {
      if (!this.#online()) return false;
      this.#socket.send(JSON.stringify(message));
      return true;
    }

    #hurry() {
      const wanted = kept().secret || !this.panel.hidden || kept().out?.length;
      if (wanted) this.#connect();
    }

    async #connect() {
      if (this.#socket || this.#timers.asking) return;
      clearTimeout(this.#timers.retry);
      this.#timers.asking = true;
      const secret = kept().secret || (await this.#session());
      this.#timers.asking = false;
      if (!secret) return this.#later();
      const socket = (this.#socket = new WebSocket(`${base.replace(/^http/, "ws")}`));
      socket.onopen = () => {
        // Numbers begin anew with every page: it is shown everything again, once.
        socket.send(JSON.stringify({ secret, after: Math.max(0, ...this.#shown.keys()) }));
      };
      socket.onmessage = (event) => this.#told(JSON.parse(event.data));
      socket.onclose = (event) => { if (socket === this.#socket) this.#lost(event.code); };
      this.#listen();
    }

    async #session() {
      try {
        // No header of ours, so the browser need not ask the gateway before.
        const answer = await fetch(`${base}/sessions`, { method: "POST", credentials: "omit", body: JSON.stringify({ language: this.language, page: location.pathname.slice(0, 500) }) });
        if (answer.status === 403) console.warn(`leadline-chat: ${location.origin} is not among the origins of ${practice}`);
        if (!answer.ok) return null;
        const { secret, name, consent, number, zone, open } = await answer.json();
        keep({ secret, name, consent, number, zone });
        this.#state = { state: "new", open };
        return secret;
      } catch {
        return null;
      }
    }

    // A gateway that died without a word is noticed all the same.
    #listen() {
      clearTimeout(this.#timers.silence);
      this.#timers.silence = setTimeout(() => { this.#socket?.close(); this.#lost(1006); }, SILENCE);
    }

    #told(message) {
      this.#listen();
      if (message.type === "message") this.#hear(message);
      else if (message.type === "state") this.#stands(message);
      else if (message.type === "error") this.#refused(message);
      else if (message.type === "typing") this.#writing(message.who);
      else if (message.type === "notice") this.list.append(this.#line("auto", this.words.auto, message.text, this.words.auto));
      else if (message.type === "secret") {
        keep({ secret: message.secret });
        this.#tell({ type: "kept", secret: message.secret });
      }
    }

    #stands(state) {
      const first = this.#tries !== -1;
      this.#tries = -1; // the gateway knows us: the line is good
      this.#state = state;
      this.#refresh();
      if (first) {
        for (const message of kept().out || []) this.#tell(message);
        for (const line of this.#waiting.values()) line.note.textContent = this.words.sending;
      }
    }

    #writing(who) {
      this.writes.textContent = this.#say("typing", { who });
      clearTimeout(this.#timers.writes);
      this.#timers.writes = setTimeout(() => (this.writes.textContent = ""), 6000);
    }

    #lost(code) {
      this.#socket = null;
      clearTimeout(this.#timers.silence);
      for (const line of this.#waiting.values()) line.note.textContent = this.words.waiting;
      if (code === 4401) return this.#renew(kept().out?.length > 0);
      if (code === 4400) {
        for (const message of kept().out || []) this.#failed(message, this.#waiting.get(message.id));
      }
      this.#later();
    }

    // The chat is over or forgotten: what was not written goes into the next one.
    #renew(at_once) {
      if (this.#shown.size) this.list.insertBefore(make("li", { class: "mark" }, make("small", {}, this.words.fresh)), this.#waiting.values().next().value || null);
      this.#shown.clear();
      const socket = this.#socket;
      this.#socket = null;
      socket?.close();
      keep({ secret: null, seen: 0 });
      this.#tries = 0;
      this.#state = { state: "new", open: true };
      if (at_once || !this.panel.hidden) this.#connect();
    }

    // Ever longer, and never all at once: a gateway that comes back is not run over.
    #later() {
      this.#tries = Math.max(0, this.#tries) + 1;
      const pause = Math.min(30000, 500 * 2 ** this.#tries) * (0.5 + Math.random() / 2);
      this.#note(this.#tries > 1 ? this.words.offline : this.words.connecting);
      clearTimeout(this.#timers.retry);
      this.#timers.retry = setTimeout(() => this.#connect(), pause);
    }
  }

  customElements.define("leadline-chat", LeadlineChat);
  const place = () => document.querySelector("leadline-chat") || document.body.append(document.createElement("leadline-chat"));
  if (document.body) place();
  else addEventListener("DOMContentLoaded", place);
})();
