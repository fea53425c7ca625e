/** Whether a text is written as the code of a currency is: three to five capital letters. */
export function isCurrencyCode(text: string): boolean {
  return /^[A-Z]{3,5}$/.test(text);
}
