import type { RpcMethod } from '../../rpc/method.ts';
import type { Json } from '../../util/json.ts';
import type { ProcessInfo } from '../process-info.ts';

export interface ProcessDeps {
  /** This process first, then those that it has started. */
  readonly processes: () => readonly ProcessInfo[];
}

function toJson(p: ProcessInfo): Json {
  return {
    role: p.role, ...(p.pid === 0 ? {} : { pid: p.pid }), state: p.state, restarts: p.restarts, uptime: p.uptimeSec,
    ...(p.memoryBytes === null ? {} : { memory: p.memoryBytes }), sandbox: p.sandbox,
    ...(p.pingMs === null ? {} : { ping: Number((p.pingMs / 1000).toFixed(6)) }), ...(p.lastEnd === null ? {} : { last_end: p.lastEnd }),
  };
}

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
    handler: () => deps.processes().map(toJson),
  }];
}
