import type { RoleContext } from './role.ts';

/** Parts of the program that a build may leave out, as by `npm run build -- --without-gui`. */
export type Part = 'ipc' | 'gui' | 'wallet';

/** Put in by the build; not there where the sources run as they are. */
declare const __LEFT_OUT__: readonly Part[] | undefined;

/** Parts that this program was built without. */
export const LEFT_OUT: readonly Part[] = typeof __LEFT_OUT__ === 'undefined' ? [] : __LEFT_OUT__;

/** Why a name does not work in a program that was built without some parts; null where it does. */
export function missingPart(context: Pick<RoleContext, 'role' | 'monolithic' | 'exeName'> & { readonly coinName: string }, leftOut: readonly Part[]): string | null {
  const { role, exeName, coinName } = context;
  const without = (part: Part, what: string, instead = ''): string => `${exeName} ${what}, and this program was built without it (--without-${part}).${instead}`;
  if (role === 'gui' && leftOut.includes('gui')) return without('gui', 'needs the GUI');
  if (role === 'wallet' && leftOut.includes('wallet')) return without('wallet', 'needs the wallet');
  if ((role === 'node' || role === 'gui') && !context.monolithic && leftOut.includes('ipc')) {
    return without('ipc', 'needs the connection between processes', ` Everything in one process: ${coinName}${role === 'node' ? 'd' : '-qt'}`);
  }
  return null;
}
