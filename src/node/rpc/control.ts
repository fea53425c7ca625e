import type { Echo } from '../../../ipc-spec/echo.ts';
import { intArg, numberArg, stringArg } from '../../rpc/arguments.ts';
import { RPC } from '../../rpc/errors.ts';
import type { ArgSpec, RpcMethod } from '../../rpc/method.ts';
import type { RpcServer } from '../../rpc/server.ts';
import type { Clock } from '../../util/clock.ts';
import { RpcError } from '../../util/errors.ts';
import type { Json } from '../../util/json.ts';
import type { LogCategory } from '../../util/logger.ts';

/** The last second that a block can tell, in the year 2106. */
const MAX_TIME = 0xffffffff;

/** The log as RPC may change it. */
export interface LogControl {
  enableCategory(text: string): boolean;
  disableCategory(text: string): boolean;
  categories(): [LogCategory, boolean][];
}

export interface ControlDeps {
  readonly server: RpcServer;
  readonly log: LogControl;
  readonly clock: Clock;
  readonly clientName: string;
  readonly logFile: string;
  /** Monotonic milliseconds of the start. */
  readonly startMs: number;
  /** Mock times are for networks that are mined on demand only. */
  readonly mockable: boolean;
  readonly shutdown: () => void;
  /** An Echo in another process, where there are others; in this one elsewhere. */
  readonly echo: () => Promise<Echo>;
  /** Tells every part of the program the mock time. */
  readonly setMockTime: (sec: number) => Promise<void>;
  readonly forwardScheduler: (sec: number) => Promise<void>;
}

const ECHO_ARGS: readonly ArgSpec[] = Array.from({ length: 10 }, (_, i) => ({ name: `arg${i}`, type: 'string', optional: true, skipTypeCheck: true, help: '' }));

/** Methods that control the program itself. */
export function controlMethods(deps: ControlDeps): RpcMethod[] {
  const { server, log, clock } = deps;
  const echo = (name: string): RpcMethod => ({
    name, category: 'hidden', help: 'Gives its arguments back. For tests.', args: ECHO_ARGS, results: [{ type: 'any', help: 'the arguments' }], examples: [],
    handler: ({ params }) => {
      if (params[9] === 'trigger_internal_bug') throw new RpcError(RPC.MISC_ERROR, 'Internal bug detected: request.params[9].get_str() != "trigger_internal_bug"');
      return params.map((p) => p ?? null);
    },
  });
  return [
    echo('echo'),
    echo('echojson'),
    {
      name: 'echoipc', category: 'hidden', help: 'Sends a text to another process and gives back what comes from there.',
      args: [{ name: 'arg', type: 'string', help: 'The text' }], results: [{ type: 'string', help: 'the text' }], examples: ['hello'],
      handler: async ({ params: [text] }) => (await deps.echo()).echo(stringArg(text)),
    },
    {
      name: 'help', category: 'control', help: 'Lists all methods, or gives help on one.',
      args: [{ name: 'command', type: 'string', defaultHint: 'all commands', help: 'The method' }],
      results: [{ type: 'string', help: 'the text' }, { type: 'any', help: 'rows of argument names' }], examples: ['', 'getblock'],
      handler: async ({ params: [command], ...request }) => {
        const name = stringArg(command, '');
        const caller = { uri: request.uri, user: request.authUser, peerAddress: request.peerAddress, signal: request.signal };
        return name === 'dump_all_command_conversions' ? server.conversions(caller) : server.help(name, caller);
      },
    },
    {
      name: 'stop', category: 'control', help: 'Asks the program to shut down.',
      args: [{ name: 'wait', type: 'numeric', optional: true, hidden: true, help: 'Milliseconds to wait before' }],
      results: [{ type: 'string', help: 'a farewell' }], examples: [''],
      handler: async ({ params: [wait] }) => {
        deps.shutdown();
        if (wait !== undefined) await new Promise((resolve) => setTimeout(resolve, intArg(wait)));
        return `${deps.clientName} stopping`;
      },
    },
    {
      name: 'uptime', category: 'control', help: 'How long the program has been running.', args: [], results: [{ type: 'numeric', help: 'seconds' }], examples: [''],
      handler: () => Math.floor((clock.monotonicMs() - deps.startMs) / 1000),
    },
    {
      name: 'getrpcinfo', category: 'control', help: 'State of the RPC server.', args: [],
      results: [{ type: 'object', fields: [{ type: 'array', key: 'active_commands', help: 'calls that run now' }, { type: 'string', key: 'logpath', help: 'path of the log' }] }], examples: [''],
      handler: () => ({ active_commands: server.activeCommands(), logpath: deps.logFile }),
    },
    {
      name: 'logging', category: 'control', help: 'Shows, and changes, which categories are logged. Exclusions come after inclusions.',
      args: [
        { name: 'include', type: 'array', optional: true, help: 'Categories to add', fields: [{ name: 'include_category', type: 'string', optional: true, help: 'a category' }] },
        { name: 'exclude', type: 'array', optional: true, help: 'Categories to take away', fields: [{ name: 'exclude_category', type: 'string', optional: true, help: 'a category' }] },
      ],
      results: [{ type: 'object-dynamic', fields: [{ type: 'boolean', key: 'category', help: 'whether it is logged' }] }], examples: ['"[\\"all\\"]" "[\\"http\\"]"'],
      handler: ({ params: [include, exclude] }) => {
        const apply = (list: Json | undefined, change: (text: string) => boolean): void => {
          for (const one of Array.isArray(list) ? list : []) {
            const text = stringArg(one);
            if (!change(text)) throw new RpcError(RPC.INVALID_PARAMETER, `unknown logging category ${text}`);
          }
        };
        apply(include, (text) => log.enableCategory(text));
        apply(exclude, (text) => log.disableCategory(text));
        return Object.fromEntries(log.categories());
      },
    },
    {
      name: 'getmemoryinfo', category: 'control', help: 'Memory that the program uses.',
      args: [{ name: 'mode', type: 'string', default: 'stats', help: 'stats' }],
      results: [{ type: 'object', condition: 'mode "stats"', fields: [{ type: 'object', key: 'locked', help: 'memory kept from being written to disk' }] }], examples: [''],
      handler: ({ params: [mode] }) => {
        const wanted = stringArg(mode, 'stats');
        if (wanted === 'mallocinfo') throw new RpcError(RPC.INVALID_PARAMETER, 'mallocinfo mode not available');
        if (wanted !== 'stats') throw new RpcError(RPC.INVALID_PARAMETER, `unknown mode ${wanted}`);
        // The runtime offers no memory that is kept from swap: there is nothing in that pool.
        return { locked: { used: 0, free: 0, total: 0, locked: 0, chunks_used: 0, chunks_free: 0 } };
      },
    },
    {
      name: 'setmocktime', category: 'hidden', help: 'Sets the time that the program takes for now. Regtest only.',
      args: [{ name: 'timestamp', type: 'numeric', help: 'Unix seconds, 0 for the system\'s time' }], results: [{ type: 'none' }], examples: [],
      handler: async ({ params: [time] }) => {
        if (!deps.mockable) throw new RpcError(RPC.MISC_ERROR, 'setmocktime is for regression testing (-regtest mode) only');
        const sec = intArg(time);
        if (sec < 0 || sec > MAX_TIME) throw new RpcError(RPC.INVALID_PARAMETER, `Mocktime must be in the range [0, ${MAX_TIME}], not ${sec}.`);
        await deps.setMockTime(sec);
        return null;
      },
    },
    {
      name: 'mockscheduler', category: 'hidden', help: 'Moves the scheduler forward. Regtest only.',
      args: [{ name: 'delta_time', type: 'numeric', help: 'Seconds' }], results: [{ type: 'none' }], examples: [],
      handler: async ({ params: [delta] }) => {
        if (!deps.mockable) throw new RpcError(RPC.MISC_ERROR, 'mockscheduler is for regression testing (-regtest mode) only');
        const sec = numberArg(delta);
        if (sec <= 0 || sec > 3600) throw new RpcError(RPC.MISC_ERROR, 'delta_time must be between 1 and 3600 seconds (1 hr)');
        await deps.forwardScheduler(sec);
        return null;
      },
    },
  ];
}
