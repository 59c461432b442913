/**
 * Runs the writes of a group in one transaction of PostgreSQL, in step: sends the next statements of all writes before it
 * awaits the first response, and sends the rows that they add to one table as one statement, through `unnest`. It does not
 * await statements that return no rows, so the last statements and the commit travel together. `Send` sends a statement.
 */
import { type Insert, insertText, type Row, type Statement, type Steps } from '../engine/driver.ts'
import type { WaitingWrite } from '../engine/write-queue.ts'
import { keyText, type Send, type SentValues, unnest } from './lists.ts'

/** Returns functions that resolve the writes, once they are committed. If it rejects, the transaction has failed and is still open. */
export async function commitGroup(
  send: Send,
  group: readonly WaitingWrite[],
  begin: string,
): Promise<(() => void)[]> {
  const flight = new Flight(send)
  flight.send(begin, [])
  const answers: (() => void)[] = []
  let running: Running[] = group.map((write) => ({ write, steps: write.run(), slots: [] }))
  while (running.length > 0) {
    running = running.filter((entry) => takeStep(entry, answers))
    const taken = running.flatMap(({ slots }) => slots)
    sendAll(flight, taken)
    if (taken.some(({ statement }) => givesRows(statement))) await flight.land()
  }
  flight.send('commit', [])
  await flight.land()
  return answers
}

interface Running {
  readonly write: WaitingWrite
  readonly steps: Steps<unknown>
  /** The statements of its current step. */
  slots: readonly Slot[]
}

interface Slot {
  readonly statement: Statement
  rows: readonly Row[]
}

/** Pending statements. */
class Flight {
  readonly #send: Send
  readonly #sent: Promise<unknown>[] = []

  constructor(send: Send) {
    this.#send = send
  }

  send(sql: string, values: SentValues, take?: (rows: Row[]) => void): void {
    const sent = this.#send(sql, values).then(take)
    // `land` reports a failure.
    sent.catch(() => undefined)
    this.#sent.push(sent)
  }

  /** Waits for all, so that nothing is pending when the transaction ends. The first failure is the cause. */
  async land(): Promise<void> {
    const results = await Promise.allSettled(this.#sent.splice(0))
    const failed = results.find((result) => result.status === 'rejected')
    if (failed !== undefined) throw failed.reason
  }
}

/** Returns false when the write has no further step. */
function takeStep(entry: Running, answers: (() => void)[]): boolean {
  const step = entry.steps.next(entry.slots.flatMap(({ rows }) => rows))
  if (step.done) {
    answers.push(() => entry.write.resolve(step.value as never))
    return false
  }
  const statements = 'sql' in step.value ? [step.value] : step.value
  entry.slots = statements.map((statement) => ({ statement, rows: [] }))
  return true
}

function givesRows({ insert }: Statement): boolean {
  return insert === undefined || insert.returning !== undefined
}

function sendAll(flight: Flight, slots: readonly Slot[]): void {
  const added = new Map<Insert, Slot[]>()
  for (const slot of slots) {
    const { sql, values, insert } = slot.statement
    const others = insert && added.get(insert)
    if (others !== undefined) others.push(slot)
    else if (insert !== undefined) added.set(insert, [slot])
    else {
      flight.send(sql, values, (rows) => {
        slot.rows = rows
      })
    }
  }
  for (const [insert, rows] of added) sendRows(flight, insert, rows)
}

/** Sends rows in the order of their keys, which prevents deadlocks between nodes that add the same rows. */
function sendRows(flight: Flight, insert: Insert, slots: readonly Slot[]): void {
  const names = Object.keys(insert.columns)
  const places = insert.key.map((name) => names.indexOf(name))
  const keyed = slots.map((slot) => ({
    slot,
    key: keyText(places.map((place) => slot.statement.values[place])),
  }))
  keyed.sort((a, b) => (a.key === b.key ? 0 : a.key < b.key ? -1 : 1))
  const lists = names.map((_, place) => keyed.map(({ slot }) => slot.statement.values[place] ?? null))
  const slotByKey = new Map(keyed.map(({ slot, key }) => [key, slot]))
  flight.send(insertText(insert, `select * from ${unnest(insert.columns)}`), lists, (rows) => {
    for (const row of rows) {
      const slot = slotByKey.get(keyText(insert.key.map((name) => row[name])))
      if (slot !== undefined) slot.rows = [row]
    }
  })
}
