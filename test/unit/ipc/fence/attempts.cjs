// For what runs inside a fence: tries what must not succeed, and what must, and keeps what became of each attempt.

/** What became of `work` goes into `results` under its name: `done`, or the code of its error. */
exports.attemptsInto = (results) => (name, work) => {
  try {
    work();
    results[name] = 'done';
  } catch (e) {
    results[name] = e.code ?? String(e);
  }
};

/** Fails where something cannot be seen. */
exports.hidden = (isHidden) => { if (isHidden) throw Object.assign(new Error(), { code: 'HIDDEN' }); };
