/** Where quotes mean something else: backticks, text that follows, comments, arithmetic, and quotes with escapes. */
const OTHER_RULES = /`|<<|#|\(\(|\$'/;

/**
 * Whether a place in a shell command stands where a word in single quotes is one word and nothing else: in no quotes, comment, or
 * anything else that has rules of its own. Where that is not sure the answer is no.
 */
export function standsAlone(command: string, place: string): boolean {
  if (OTHER_RULES.test(command)) return !command.includes(place);
  let quote: "'" | '"' | null = null;
  for (let i = 0; i < command.length; i++) {
    const c = command.charAt(i);
    if (command.startsWith(place, i)) {
      // Behind a dollar its quotes would be others.
      if (quote !== null || command.charAt(i - 1) === '$') return false;
      i += place.length - 1;
    } else if (c === '\\' && quote !== "'") {
      // What is escaped opens nothing, and a place behind it would lose its first quote.
      if (command.startsWith(place, i + 1)) return false;
      i++;
    } else if (quote === null) {
      if (c === "'" || c === '"') quote = c;
    } else if (quote === '"' && (command.startsWith('$(', i) || command.startsWith('${', i))) {
      // A command or a name within the quotes has quotes of its own.
      return !command.includes(place);
    } else if (c === quote) quote = null;
  }
  return true;
}

/** Whether a text means the same wherever it stands in a shell command, and is no option. */
export function isPlain(text: string): boolean { return /^(?!-)[A-Za-z0-9_.,:@+/-]*$/.test(text); }
