import crypto from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';

function sha256(bytes: string | Uint8Array): string {
  return crypto.createHash('sha256').update(bytes).digest('hex');
}

/**
 * What a build compares to know, without generating anything, that generated code belongs to its declarations: hashes of the
 * declaration files and of the generated ones (hex SHA-256; paths from the root, with slashes; a line each, which merges well).
 */
export function writeStamp(root: string, declarations: readonly string[], files: ReadonlyMap<string, string>): string {
  const table = (rows: readonly (readonly [file: string, hash: string])[]): Record<string, string> => Object.fromEntries(
    rows.map(([file, hash]) => [path.relative(root, file).split(path.sep).join('/'), hash] as const).sort(([a], [b]) => (a < b ? -1 : 1)),
  );
  const stamp = {
    declarations: table(declarations.map((file) => [file, sha256(fs.readFileSync(file))])),
    files: table([...files].map(([file, text]) => [file, sha256(text)])),
  };
  return `${JSON.stringify(stamp, null, 1)}\n`;
}
