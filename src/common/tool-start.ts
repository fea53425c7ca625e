import { Args } from './arguments.ts';
import { ArgsError } from './errors.ts';
import { HELP_HEADINGS, optionsHelp } from './help-text.ts';
import type { OptionSpec } from './option-spec.ts';
import type { RoleContext } from './role.ts';
import { licenseText, versionText } from './version.ts';

/** A program for the terminal, as its help tells of it. */
export interface Tool {
  /** Stands in front of its version. */
  readonly title: string;
  /** Text in front of the list of options. */
  readonly usage: string;
  readonly options: readonly OptionSpec[];
  /** Listed behind the options. */
  readonly commands: readonly OptionSpec[];
  /** Whether the first word behind the options is one of the commands, or wrong. */
  readonly onlyCommands: boolean;
  /** Whether help lists the options for tests, too. */
  readonly debugOptions: boolean;
}

/** What a program for the terminal leaves behind. */
export interface ToolOutcome { readonly code: number; readonly stdout: string; readonly stderr: string }

/** Reads the command line. @returns the outcome where there is nothing to do but to tell of help, version or what is wrong */
export function startTool(tool: Tool, context: RoleContext): Args | ToolOutcome {
  const { options, commands } = tool;
  const args = new Args(options);
  try {
    args.parseCommandLine(context.argv);
    const [word] = args.command;
    if (tool.onlyCommands && word !== undefined && !commands.some(({ name }) => name === word)) throw new ArgsError(`Invalid command '${word}'`);
  } catch (e) {
    if (!(e instanceof ArgsError)) throw e;
    return failure(`Error parsing command line arguments: ${e.message}`);
  }
  const isEmpty = context.argv.length === 0;
  const wantsVersion = args.isSet('version');
  if (!isEmpty && !wantsVersion && !args.wantsHelp()) return args;
  const coin = context.coin.info;
  const rest = wantsVersion ? licenseText(coin) : `\n${tool.usage}\n\n${optionsHelp([...options, ...commands], HELP_HEADINGS, tool.debugOptions)}`;
  return { code: isEmpty ? 1 : 0, stdout: `${tool.title} version ${versionText(coin)}\n${rest}`, stderr: isEmpty ? 'Error: too few parameters\n' : '' };
}

/** Without success. @param text what stderr gets, without the end of the line */
export function failure(text: string): ToolOutcome { return { code: 1, stdout: '', stderr: `${text}\n` }; }

/** @returns exit code */
export function printOutcome({ code, stdout, stderr }: ToolOutcome): number {
  process.stdout.write(stdout);
  process.stderr.write(stderr);
  return code;
}

/** Tells what is wrong. @returns exit code */
export function fail(text: string): number { return printOutcome(failure(text)); }
