// Runs inside the node's fence and tries what must not succeed, and what must; writes down what became of each attempt.
const { spawnSync, execFileSync } = require('node:child_process');
const fs = require('node:fs');
const net = require('node:net');
const { Worker } = require('node:worker_threads');
const { attemptsInto, hidden } = require('./attempts.cjs');

const plan = JSON.parse(process.argv[2]);
const results = { works: {} };
const attempt = attemptsInto(results);
const works = attemptsInto(results.works);
const wallets = `${plan.datadir}/wallets`;
works('write its own', () => fs.writeFileSync(`${plan.datadir}/mine`, 'x'));
works('read its cookie', () => fs.readFileSync(`${plan.datadir}/.cookie`));
attempt('list the wallets', () => fs.readdirSync(wallets));
attempt('read a wallet', () => fs.readFileSync(`${wallets}/a/wallet.dat`));
attempt('write among the wallets', () => fs.writeFileSync(`${wallets}/new`, 'x'));
attempt('take the wallets\' directory away', () => fs.rmdirSync(wallets));
attempt('put another in its place', () => fs.renameSync(wallets, `${plan.datadir}/moved`));
attempt('make it readable', () => fs.chmodSync(wallets, 0o700));
attempt('read an old wallet', () => fs.readFileSync(`${plan.datadir}/old/wallet.dat`));
attempt('read one beside the rest', () => fs.readFileSync(`${plan.datadir}/wallet.dat`));
attempt('list another network', () => fs.readdirSync(`${plan.datadir}/regtest`));
attempt('change the configuration', () => fs.writeFileSync(`${plan.datadir}/coin.conf`, 'blocknotify=x'));
attempt('replace the configuration', () => { fs.writeFileSync(`${plan.datadir}/new.conf`, 'x'); fs.renameSync(`${plan.datadir}/new.conf`, `${plan.datadir}/coin.conf`); });
attempt('list the home directory', () => hidden(!fs.readdirSync(plan.home).includes('private')));
attempt('read a file in it', () => fs.readFileSync(plan.private));
attempt('write into it', () => fs.writeFileSync(`${plan.homedir}/new`, 'x'));
attempt('read the accounts', () => fs.readFileSync('/etc/passwd'));
attempt('write elsewhere', () => fs.writeFileSync(`${plan.other}/new`, 'x'));
attempt('write to the temporary directory', () => fs.writeFileSync('/tmp/new', 'x'));
attempt('write into the program', () => fs.writeFileSync(`${plan.program}/new`, 'x'));
attempt('start a shell', () => { const r = spawnSync('/bin/sh', ['-c', 'true']); if (r.error) throw r.error; });
attempt('start itself again', () => execFileSync(process.execPath, ['-e', '0'], { stdio: 'ignore' }));
attempt('signal the launcher', () => process.kill(plan.parent, 0));
attempt('look at the launcher', () => fs.readFileSync(`/proc/${plan.parent}/environ`));
attempt('open its memory', () => fs.openSync(`/proc/${plan.parent}/mem`, 'r+'));
attempt('read the environment', () => hidden(Object.keys(process.env).every((name) => ['HOME', 'PWD'].includes(name))));
attempt('load a kernel interface', () => fs.readdirSync('/sys/kernel'));

const connection = (options) => new Promise((resolve) => {
  const socket = net.connect(options, () => { socket.destroy(); resolve('done'); });
  socket.on('error', (e) => resolve(e.code));
});
(async () => {
  results.works['connect to a port'] = await connection({ port: plan.port, host: '127.0.0.1' });
  results.works['connect to the launcher'] = await connection({ path: plan.door });
  results.works['start a thread'] = await new Promise((resolve) => { new Worker('0', { eval: true }).on('exit', () => resolve('done')).on('error', (e) => resolve(String(e))); });
  fs.writeFileSync(plan.result, JSON.stringify(results));
})();
