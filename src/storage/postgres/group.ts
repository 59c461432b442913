/**
 * The writes of a group in one transaction of PostgreSQL, in step: the next statements of all of them are sent before the
 * first answer is awaited, and the rows that they add to the same table as one statement, through `unnest`. What gives
 * no rows is not waited for, so the last statements and the commit travel together. It does not know how a statement is sent.
 */
import { type Insert, insertText, type Row, type Statement, type Steps } from '../engine/driver.ts'
import type { WaitingWrite } from '../engine/write-queue.ts'
import { keyText, type Send, type SentValues, unnest } from './lists.ts'

/** Gives what answers the writes, once they are committed. If it rejects, the transaction has failed and is still open. */
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
  /** Of the step that it has taken. */
  slots: readonly Slot[]
}

interface Slot {
  readonly statement: Statement
  rows: readonly Row[]
}

/** Statements that are under way. */
class Flight {
  readonly #send: Send
  readonly #sent: Promise<unknown>[] = []

  constructor(send: Send) {
    this.#send = send
  }

  send(sql: string, values: SentValues, take?: (rows: Row[]) => void): void {
    const sent = this.#send(sql, values).then(take)
    // Whoever waits for the flight learns of a failure.
    sent.catch(() => undefined)
    this.#sent.push(sent)
  }

  /** Waits for all, so that nothing is under way any more when the transaction ends; the first failure is the cause. */
  async land(): Promise<void> {
    const results = await Promise.allSettled(this.#sent.splice(0))
    const failed = results.find((result) => result.status === 'rejected')
    if (failed !== undefined) throw failed.reason
  }
}

/** False when the write has no further step. */
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

/** In the order of their keys, so that two nodes that add the same rows do not wait for each other in a circle. */
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
