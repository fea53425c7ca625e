// Parts that a build may leave out: which module of the program then gives way to which stand-in. Nothing else leads to their code.
import path from 'node:path';

const LAUNCHER = Object.fromEntries(['launcher', 'launcher-gui', 'launcher-link', 'page-launcher-link'].map((name) => [`src/init/${name}.ts`, 'launcher.ts']));

/** The first that names a module decides. */
const STAND_INS = {
  wallet: {
    'src/init/wallet.ts': 'roles.ts', 'src/init/wallet-host-choice.ts': 'wallet-host-choice.ts', 'src/wallet/option-specs.ts': 'wallet-options.ts',
    ...LAUNCHER,
  },
  gui: { 'src/init/gui.ts': 'roles.ts', 'src/gui/option-specs.ts': 'gui-options.ts' },
  ipc: {
    'src/init/wallet.ts': 'wallet.ts', 'src/init/wallet-in-child.ts': 'roles.ts', 'src/init/ipc-server.ts': 'ipc-server.ts',
    'src/init/node-child.ts': 'roles.ts', 'src/init/node-spawned.ts': 'roles.ts', 'src/init/gui-running-node.ts': 'roles.ts', 'src/init/cli.ts': 'cli.ts',
    'src/init/ipc-trace.ts': 'ipc-trace.ts', ...LAUNCHER,
  },
};

export const PARTS = Object.keys(STAND_INS);

/** For esbuild: puts the stand-ins in place. */
export function leaveOut(root, parts) {
  const table = new Map();
  for (const part of PARTS.filter((p) => parts.includes(p))) {
    for (const [module, standIn] of Object.entries(STAND_INS[part])) {
      const file = path.join(root, module);
      if (!table.has(file)) table.set(file, path.join(root, 'src', 'init', 'without', standIn));
    }
  }
  return {
    name: 'leave-out',
    setup(build) {
      build.onResolve({ filter: /^\.\.?\/.*\.ts$/ }, ({ importer, path: wanted }) => {
        const standIn = table.get(path.resolve(path.dirname(importer), wanted));
        return standIn === undefined ? undefined : { path: standIn };
      });
    },
  };
}
