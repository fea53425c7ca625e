import { describe, expect, it } from '@jest/globals';
import { Args } from '../../../src/common/arguments.ts';
import { HIDDEN_OPTIONS } from '../../../src/common/node-options.ts';
import { startTool, type Tool } from '../../../src/common/tool-start.ts';
import { builtinCoin } from '../../../src/params/builtin-coins.ts';

const TOOL: Tool = {
  title: 'Bitcoin Core bitcoin-x utility', usage: 'Does something.',
  options: [...HIDDEN_OPTIONS, { name: 'help', help: 'Help', category: 'Options' }, { name: 'version', help: 'Version', category: 'Options' }, { name: 'hard', help: 'For tests', category: 'Options', debugOnly: true }],
  commands: [{ name: 'run', help: 'Run it', category: 'Commands' }], onlyCommands: true, debugOptions: false,
};

function start(argv: readonly string[], tool = TOOL): ReturnType<typeof startTool> {
  const coin = builtinCoin('bitcoin');
  if (coin === undefined) throw new Error('no coin');
  return startTool(tool, { role: 'util', monolithic: true, coin, ownSpec: null, executable: '/nonexistent/coin', oneFile: null, argv, exeName: 'bitcoin-x', scriptPath: '/nonexistent/bitcoin-x' });
}

describe('startTool', () => {
  it('gives the arguments where there is something to do', () => {
    const args = start(['-hard', 'run', '-version']);
    expect(args instanceof Args && [args.bool('hard', false), args.command]).toEqual([true, ['run', '-version']]);
  });

  it('tells of version and help under all of its names, and of help where nothing is asked for', () => {
    expect(start(['-version'])).toEqual({ code: 0, stdout: expect.stringMatching(/^Bitcoin Core bitcoin-x utility version v.*\n.*licence/), stderr: '' });
    const help = { code: 0, stdout: expect.stringMatching(/version v.*\n\nDoes something\.\n\nOptions:\n\n  -help\n[^]*Commands:\n\n  run\n/), stderr: '' };
    for (const word of ['-help', '-h', '-?']) expect(start([word])).toEqual(help);
    expect(start([])).toEqual({ ...help, code: 1, stderr: 'Error: too few parameters\n' });
    expect(start(['-help'])).not.toHaveProperty('stdout', expect.stringContaining('-hard'));
    expect(start(['-help'], { ...TOOL, debugOptions: true })).toHaveProperty('stdout', expect.stringContaining('-hard'));
  });

  it('says what is wrong', () => {
    expect(start(['-nosuch'])).toEqual({ code: 1, stdout: '', stderr: 'Error parsing command line arguments: Invalid parameter -nosuch\n' });
    expect(start(['walk'])).toEqual({ code: 1, stdout: '', stderr: "Error parsing command line arguments: Invalid command 'walk'\n" });
    expect(start(['walk'], { ...TOOL, onlyCommands: false })).toBeInstanceOf(Args);
  });
});
