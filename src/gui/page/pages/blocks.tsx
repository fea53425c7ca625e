import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { BlockSummary, BlockView, ChainTxView, TransactionView } from '../../api.ts';
import { call } from '../client.ts';
import { agoText, bytesText, dateText, feerateText, isoText, shortened } from '../format.ts';
import { numberText, t, tn } from '../i18n.ts';
import type { PageProps } from '../pages.tsx';
import { fromHere, go, href } from '../router.ts';
import { useNow, useQuery } from '../store.ts';
import { Amount, Button, Card, copyText, Empty, Facts, Loading, LongWord, Notice, PageHead, TableScroll, TextField } from '../ui/basics.tsx';
import { FlowDiagram } from '../ui/flow.tsx';
import { toast } from '../ui/toast.tsx';

const ROWS = 20;
const TXS = 50;
const HASH = /^[0-9a-f]{64}$/;

/** Goes to what was typed: a height, the hash of a block, or the id of a transaction. */
async function find(text: string): Promise<void> {
  const goOn = fromHere();
  const plain = text.trim().toLowerCase();
  if (/^\d{1,9}$/.test(plain)) {
    const [block] = await call<BlockSummary[]>('blocks.list', { from: Number(plain), count: 1 });
    if (block !== undefined && block.height === Number(plain)) return goOn('blocks', block.hash);
  } else if (HASH.test(plain)) {
    if (await call<BlockView | null>('blocks.get', { hash: plain, offset: 0, limit: 1 }) !== null) return goOn('blocks', plain);
    if (await call<ChainTxView | null>('blocks.transaction', { txid: plain, block: null }) !== null) return goOn('blocks', plain, { tx: '1' });
  }
  toast(t('Nothing found: type a height, the hash of a block, or the id of a transaction in the mempool (or, with -txindex, of any).'), 'bad');
}

function Search(): JSX.Element {
  const [text, setText] = useState('');
  return (
    <form class="search" onSubmit={(e) => { e.preventDefault(); void find(text); }}>
      <TextField type="search" label={t('Find')} value={text} onChange={setText} placeholder={t('Height, block hash or transaction id')} mono after={<Button small kind="quiet" icon="search" label={t('Find')} onClick={() => find(text)} />} />
    </form>
  );
}

function BlockList(): JSX.Element {
  const [from, setFrom] = useState<number | null>(null);
  const now = useNow();
  const list = useQuery<BlockSummary[]>('blocks.list', { from, count: ROWS }, ['tip']).data;
  if (list === undefined) return <Loading />;
  const first = list[0]?.height ?? 0;
  const last = list.at(-1)?.height ?? 0;
  return (
    <Card tight title={t('Blocks')} actions={<><Button small disabled={from === null} onClick={() => setFrom(null)}>{t('Newest')}</Button><Button small disabled={last === 0} onClick={() => setFrom(last - 1)}>{t('Older')}</Button></>}>
      <TableScroll label={t('Blocks {a} to {b}', { a: last, b: first })}>
        <table>
          <thead><tr><th>{t('Height')}</th><th>{t('Time')}</th><th>{t('Hash')}</th><th class="num">{t('Transactions')}</th><th class="num">{t('Size')}</th><th class="num">{t('Full')}</th></tr></thead>
          <tbody>
            {list.map((block) => (
              <tr key={block.hash}><td><a href={href('blocks', block.hash)}>{numberText(block.height)}</a></td><td class="nowrap" title={isoText(block.time)}>{agoText(block.time, now)}</td><td class="mono nowrap">{shortened(block.hash, 10, 10)}</td>
                <td class="num">{block.transactions === null ? t('pruned') : numberText(block.transactions)}</td><td class="num">{block.size === null ? '–' : bytesText(block.size)}</td><td class="num">{block.weight === null ? '–' : `${(block.weight / 40_000).toFixed(1)} %`}</td></tr>
            ))}
          </tbody>
        </table>
      </TableScroll>
    </Card>
  );
}

function Block({ hash }: { readonly hash: string }): JSX.Element {
  const [offset, setOffset] = useState(0);
  const { data, error } = useQuery<BlockView | null>('blocks.get', { hash, offset, limit: TXS }, ['tip']);
  if (error !== null) return <Notice tone="bad">{error}</Notice>;
  if (data === undefined) return <Loading />;
  if (data === null) return <Empty icon="layers" title={t('There is no such block')} />;
  const { summary } = data;
  const total = summary.transactions ?? 0;
  return (
    <>
      <Card title={t('Block {height}', { height: numberText(summary.height) })} actions={
        <><Button small disabled={data.previous === null} onClick={() => go('blocks', data.previous ?? '')}>{t('Previous')}</Button><Button small disabled={data.next === null} onClick={() => go('blocks', data.next ?? '')}>{t('Next')}</Button></>
      }>
        <Facts rows={[
          [t('Hash'), <LongWord key="h" text={summary.hash} />], [t('Time'), `${dateText(summary.time)} (${t('median')} ${isoText(data.medianTime)})`],
          [t('Transactions'), numberText(total)], summary.size === null ? null : [t('Size'), `${bytesText(summary.size)}, ${numberText(summary.weight ?? 0)} ${t('weight units')}`],
          [t('Version'), `0x${(data.version >>> 0).toString(16).padStart(8, '0')}`], [t('Merkle root'), <LongWord key="m" text={data.merkleRoot} />],
          [t('Target'), `0x${data.bits.toString(16).padStart(8, '0')}`], [t('Nonce'), numberText(data.nonce)],
        ]} />
      </Card>
      <Card tight title={tn(total, '{n} transaction', '{n} transactions')} actions={total > TXS && <><Button small disabled={offset === 0} onClick={() => setOffset(Math.max(0, offset - TXS))}>{t('Before')}</Button><Button small disabled={offset + TXS >= total} onClick={() => setOffset(offset + TXS)}>{t('After')}</Button></>}>
        <TableScroll label={t('Transactions')}>
          <table>
            <thead><tr><th class="num">{t('Place')}</th><th>{t('Id')}</th><th class="num">{t('Size')}</th><th class="num">{t('Outputs')}</th></tr></thead>
            <tbody>{data.transactions.map((tx, i) => (
              <tr key={tx.txid}><td class="num">{offset + i}</td><td class="mono"><a href={href('blocks', tx.txid, { tx: '1', block: summary.hash })}>{shortened(tx.txid, 16, 16)}</a></td><td class="num">{numberText(tx.vsize)} vB</td><td class="num"><Amount sat={tx.amount} /></td></tr>
            ))}</tbody>
          </table>
        </TableScroll>
      </Card>
    </>
  );
}

/** A transaction of the chain in the form that the diagram of the wallet's takes. */
function asView(tx: ChainTxView): TransactionView {
  const party = { label: '', mine: false, change: false, spent: false };
  return {
    ...tx, status: 'confirmed', depth: 0, inMempool: tx.blockHash === null, height: null, time: 0, debit: 0, credit: 0, comment: '', commentTo: '', messages: [], replaces: null, replacedBy: null,
    conflicts: [], canAbandon: false, canBump: false, outputs: tx.outputs.map((output) => ({ ...party, amount: output.amount, address: output.address, outpoint: '' })),
    inputs: tx.inputs[0]?.outpoint === '' ? [] : tx.inputs.map((input) => ({ ...party, ...input })),
  };
}

function ChainTransaction({ txid, block }: { readonly txid: string; readonly block: string | null }): JSX.Element {
  const { data, error } = useQuery<ChainTxView | null>('blocks.transaction', { txid, block }, ['tip']);
  if (error !== null) return <Notice tone="bad">{error}</Notice>;
  if (data === undefined) return <Loading />;
  if (data === null) return <Empty icon="layers" title={t('There is no such transaction in the pool')}><p>{t('To find those of any block, start the node with -txindex.')}</p></Empty>;
  return (
    <Card title={t('Transaction')} actions={<Button small icon="copy" onClick={() => copyText(data.raw)}>{t('Copy raw')}</Button>}>
      <FlowDiagram tx={asView(data)} />
      <Facts rows={[
        [t('Id'), <LongWord key="i" text={data.txid} />], data.wtxid === data.txid ? null : [t('Witness id'), <LongWord key="w" text={data.wtxid} />],
        [t('Block'), data.blockHash === null ? t('waiting in the mempool') : <a key="b" class="mono wrap" href={href('blocks', data.blockHash)}>{data.blockHash}</a>],
        data.fee === null ? null : [t('Fee'), <span key="f"><Amount sat={data.fee} /> <span class="muted">({feerateText(Math.round((data.fee * 1000) / data.vsize))})</span></span>],
        [t('Size'), t('{v} vB, {w} weight units', { v: numberText(data.vsize), w: numberText(data.weight) })],
        [t('Kinds of output'), [...new Set(data.outputs.map((output) => output.kind))].join(', ')],
      ]} />
    </Card>
  );
}

/** The chain to look around in, from the own node. */
export function BlocksPage({ place }: PageProps): JSX.Element {
  const isTx = place.query.has('tx');
  return (
    <>
      <PageHead title={t('Blocks')}>{place.argument !== '' && <a class="button" href={href('blocks')}>{t('All blocks')}</a>}</PageHead>
      <Search />
      {place.argument === '' ? <BlockList /> : isTx ? <ChainTransaction key={place.argument} txid={place.argument} block={place.query.get('block')} /> : <Block key={place.argument} hash={place.argument} />}
    </>
  );
}
