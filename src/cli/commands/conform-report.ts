/** How `skillkeeper conform` prints what it found. */
import type { ProxyTotals } from '../../conform/proxy/proxy.ts'
import type { FoundDifference, ReportContent } from '../../conform/verdict/report.ts'
import { type Column, printList } from '../terminal/output.ts'

interface Additions {
  readonly proxy?: Readonly<ProxyTotals>
  /** The line of a recording that was cut off. */
  readonly tornLine?: number
}

interface Total {
  readonly name: string
  readonly count: number
}

/** Prints the totals, then each difference, new ones first. */
export function printReport(result: ReportContent, more: Additions, asJson: boolean): void {
  if (asJson) return void process.stdout.write(`${JSON.stringify({ ...result, ...more }, null, 2)}\n`)
  if (more.proxy !== undefined) printProxyTotals(more.proxy)
  const { same, different, known, notComparable, exchanges } = result.totals
  printList('table', totalColumns('CALLS COMPARED'), [
    { name: 'same', count: same },
    { name: 'different', count: different },
    { name: 'different, but known', count: known },
    { name: 'not comparable', count: notComparable },
    { name: 'total', count: exchanges },
  ])
  if (result.notComparable.length > 0) {
    process.stdout.write('\n')
    const reasons = result.notComparable.map(({ reason, exchanges: count }) => ({ name: reason, count }))
    printList('table', totalColumns('NOT COMPARABLE, SINCE'), reasons)
  }
  if (result.differences.length > 0) {
    process.stdout.write('\n')
    printList('table', differenceColumns, result.differences)
  }
  if (result.unlisted > 0) process.stdout.write(`${result.unlisted} more differences are not listed.\n`)
}

/** Prints what became of the calls that came in. */
export function printTotals(totals: Readonly<ProxyTotals>, asJson: boolean): void {
  if (asJson) process.stdout.write(`${JSON.stringify({ proxy: totals }, null, 2)}\n`)
  else printProxyTotals(totals)
}

function printProxyTotals(totals: Readonly<ProxyTotals>): void {
  const { passed, failed, tokens, refused, tooLarge, broken } = totals
  printList('table', totalColumns('CALLS RECEIVED'), [
    { name: 'passed on', count: passed },
    { name: 'passed on without an answer', count: failed },
    { name: 'for tokens: passed on, not written down', count: tokens },
    { name: 'refused: they change something', count: refused },
    { name: 'refused: they are too large', count: tooLarge },
    { name: 'broken off, or no request', count: broken },
    { name: 'total', count: passed + failed + tokens + refused + tooLarge + broken },
  ])
  process.stdout.write('\n')
}

function totalColumns(title: string): readonly Column<Total>[] {
  return [
    { title, name: 'name', value: ({ name }) => name },
    { title: '', name: 'count', value: ({ count }) => count },
  ]
}

const differenceColumns: readonly Column<FoundDifference>[] = [
  {
    title: 'LEDGER',
    name: 'row',
    value: ({ row, isKnown }) => `${row ?? 'no row'}${isKnown ? ' (known)' : ''}`,
  },
  { title: 'WHAT', name: 'what', value: ({ kind, place }) => `${kind} ${place}`.trim() },
  { title: 'EXPECTED', name: 'expected', value: ({ expected }) => expected },
  { title: 'ACTUAL', name: 'actual', value: ({ actual }) => actual },
  { title: 'CALLS', name: 'exchanges', value: ({ exchanges }) => exchanges },
  { title: 'FIRST CALL', name: 'call', isBelow: true, value: ({ method, path }) => `${method} ${path}` },
]
