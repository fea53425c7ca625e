import type { Args } from '../common/arguments.ts';
import type { ConfigPlace } from '../common/config-file.ts';
import type { Network } from '../params/chain-params.ts';
import { InitError } from '../util/errors.ts';
import { isPubliclyKnownNetwork } from './network-names.ts';

/** What a start says of options that stand in the default section of the configuration, but count in a network's own only. Each with its option. */
export function unsuitableOptions(args: Args, network: Network): { readonly option: string; readonly text: string }[] {
  return args.unsuitableSectionOnlyArgs().map((option) => ({ option, text: `Config setting for -${option} only applied on ${network} network when in [${network}] section.` }));
}

/** @throws InitError with the reference's text */
export function refuseUnsuitableOptions(args: Args, network: Network): void {
  const found = unsuitableOptions(args, network);
  if (found.length > 0) throw new InitError(found.map(({ text }) => text).join('\n'));
}

/** Sections of the configuration that mean nothing: where they are, and what a start says of each behind that place. */
export function unknownSections(args: Args): { readonly place: ConfigPlace; readonly text: string }[] {
  return args.sections.filter(({ name }) => !isPubliclyKnownNetwork(name)).map(({ name, file, line }) => ({ place: { file, line }, text: `Section [${name}] is not recognized.` }));
}
