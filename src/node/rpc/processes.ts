import type { RpcMethod } from '../../rpc/method.ts';
import type { Json } from '../../util/json.ts';
import type { IpcConnectionInfo } from '../ipc-info.ts';
import type { ProcessInfo } from '../process-info.ts';

export interface ProcessDeps {
  /** This process first, then those that it has started. */
  readonly processes: () => Promise<readonly ProcessInfo[]>;
  readonly connections: () => readonly IpcConnectionInfo[];
}

function toJson(p: ProcessInfo): Json {
  return {
    role: p.role, ...(p.pid === 0 ? {} : { pid: p.pid }), state: p.state, restarts: p.restarts, uptime: p.uptimeSec,
    ...(p.memoryBytes === null ? {} : { memory: p.memoryBytes }), sandbox: p.sandbox,
    ...(p.pingMs === null ? {} : { ping: Number((p.pingMs / 1000).toFixed(6)) }), ...(p.lastEnd === null ? {} : { last_end: p.lastEnd }),
  };
}

const seconds = (ms: number): number => Number((ms / 1000).toFixed(6));

function connectionJson(c: IpcConnectionInfo): Json {
  return {
    peer: c.peer, kind: c.kind, ...(c.address === null ? {} : { address: c.address }), uptime: Math.floor(c.sinceMs / 1000),
    bytes_sent: c.sentBytes, bytes_received: c.receivedBytes,
    objects: { handed_out: c.exports, held: c.imports }, under_way: { called: c.calls, served: c.served },
    methods: c.methods.map((m) => ({
      method: m.method, direction: m.direction, calls: m.calls, errors: m.errors, bytes: m.bytes, p50: seconds(m.p50Ms), p99: seconds(m.p99Ms),
    })),
  };
}

const IPC_INFO: RpcMethod['results'] = [{
  type: 'array',
  fields: [{
    type: 'object',
    fields: [
      { type: 'string', key: 'peer', help: 'what the other process calls itself' },
      { type: 'string', key: 'kind', help: 'child (started by this process), parent (has started it) or client (has connected by itself)' },
      { type: 'string', key: 'address', optional: true, help: 'where a client has connected' },
      { type: 'numeric', key: 'uptime', help: 'seconds since it was made' },
      { type: 'numeric', key: 'bytes_sent', help: 'bytes to the other process' },
      { type: 'numeric', key: 'bytes_received', help: 'bytes of the other process' },
      { type: 'object', key: 'objects', fields: [
        { type: 'numeric', key: 'handed_out', help: 'objects that the other process holds of this one' },
        { type: 'numeric', key: 'held', help: 'objects that this process holds of the other one' },
      ] },
      { type: 'object', key: 'under_way', fields: [
        { type: 'numeric', key: 'called', help: 'calls of this process that wait for an answer' },
        { type: 'numeric', key: 'served', help: 'calls of the other process that are being answered' },
      ] },
      { type: 'array', key: 'methods', help: 'busiest first', fields: [{
        type: 'object',
        fields: [
          { type: 'string', key: 'method', help: 'interface and method' },
          { type: 'string', key: 'direction', help: 'called (by this process) or served (to the other one)' },
          { type: 'numeric', key: 'calls', help: 'calls that were answered' },
          { type: 'numeric', key: 'errors', help: 'those among them that were answered with an error' },
          { type: 'numeric', key: 'bytes', help: 'bytes of calls and answers' },
          { type: 'numeric', key: 'p50', help: 'seconds within which half of the calls were answered' },
          { type: 'numeric', key: 'p99', help: 'seconds within which 99 of 100 were' },
        ],
      }] },
    ],
  }],
}];

/** RPC methods about the processes that the program consists of. */
export function processMethods(deps: ProcessDeps): RpcMethod[] {
  return [{
    name: 'getprocesses', category: 'control', help: 'The processes that the program consists of: this one, and those that it has started and watches.', args: [],
    results: [{
      type: 'array',
      fields: [{
        type: 'object',
        fields: [
          { type: 'string', key: 'role', help: 'the name of its executable' },
          { type: 'numeric', key: 'pid', optional: true, help: 'its process id, where it runs' },
          { type: 'string', key: 'state', help: 'starting, running, hung (it does not answer), waiting (to be started again) or ended' },
          { type: 'numeric', key: 'restarts', help: 'how many times it was started again' },
          { type: 'numeric', key: 'uptime', help: 'seconds since it was started' },
          { type: 'numeric', key: 'memory', optional: true, help: 'bytes that it holds in memory' },
          { type: 'string', key: 'sandbox', help: 'what fences it in' },
          { type: 'numeric', key: 'ping', optional: true, help: 'seconds until it answered last, asked whether it lives' },
          { type: 'string', key: 'last_end', optional: true, help: 'why it ended last' },
        ],
      }],
    }],
    examples: [''],
    handler: async () => (await deps.processes()).map(toJson),
  }, {
    name: 'getipcinfo', category: 'control', help: 'The connections of this process to others, with what has been called over them.', args: [],
    results: IPC_INFO,
    examples: [''],
    handler: () => deps.connections().map(connectionJson),
  }];
}
