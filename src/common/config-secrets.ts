/** What stands for hidden value n. */
const placeholder = (n: number): string => `****${n}`;
const PLACEHOLDER = /\*{4}(\d{1,6})[ \t\r]*$/;

/** Values in a configuration text that are not for everybody's eyes, also in comments: what stands behind an option for a secret, to the line's end. */
export class ConfigSecrets {
  private readonly pattern: RegExp;

  /** @param options names of the options for secrets */
  constructor(options: readonly string[]) {
    // Also where it is written in another way than counts: a secret it may be all the same.
    this.pattern = new RegExp(`^([^]*?(?:^|\\W)(?:no)?(?:${options.join('|')})[ \\t]*=[ \\t]*)(\\S[^]*?)(\\r?)$`, 'i');
  }

  /** @returns the text without its secrets, each replaced by its number (or by `by`), and how many there are */
  hide(text: string, by: (n: number) => string = placeholder): { readonly text: string; readonly hidden: number } {
    let hidden = 0;
    const lines = text.split('\n').map((line) => line.replace(this.pattern, (_whole, head: string, _secret: string, end: string) => {
      hidden += 1;
      return `${head}${by(hidden)}${end}`;
    }));
    return { text: lines.join('\n'), hidden };
  }

  /**
   * Puts the secrets of `original` back into what was made of it without them.
   * @returns the text, and the lines (from 1) with a number that stands for nothing, or where no secret belongs: there it stays
   */
  restore(text: string, original: string): { readonly text: string; readonly strays: readonly number[] } {
    const secrets = original.split('\n').flatMap((line) => {
      const secret = this.pattern.exec(line)?.[2];
      return secret === undefined ? [] : [secret];
    });
    const strays: number[] = [];
    const lines = text.split('\n').map((line, i) => {
      const n = PLACEHOLDER.exec(line)?.[1];
      if (n === undefined) return line;
      const [, head, value] = this.pattern.exec(line) ?? [];
      const secret = secrets[Number(n) - 1];
      if (head !== undefined && value?.trim() === placeholder(Number(n)) && secret !== undefined) return `${head}${secret}`;
      strays.push(i + 1);
      return line;
    });
    return { text: lines.join('\n'), strays };
  }
}
