import util from 'node:util';

/** What the system says of an error number, as the reference's messages have it: `Connection refused`. @param errno as Node gives it, negative */
export function systemErrorText(errno: number): string {
  const text = util.getSystemErrorMap().get(errno)?.[1] ?? 'unknown error';
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}
