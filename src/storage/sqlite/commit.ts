/** Many writes in one transaction of SQLite, so that one `fsync` serves them all. */
import type { DatabaseSync } from 'node:sqlite'
import type { Row, Statement, Step, Write } from '../engine/driver.ts'
import type { WaitingWrite } from '../engine/write-queue.ts'
import { isBusy } from './errors.ts'
import type { Guard } from './guard.ts'

/** Statements after which a commit takes no further write: one write may have thousands. */
const statementsPerCommitMax = 2000

export interface Commits {
  readonly writer: DatabaseSync
  readonly execute: (query: Statement) => Row[]
  readonly guard: Guard
}

/**
 * Commits a group, or as much of it as one commit takes, and returns how many writes. Each write resolves after the commit. A
 * write that fails does not fail others; a commit that fails fails all of them. Throws when another program holds the
 * database: no write has run then, and none is settled.
 */
export function commitGroup({ writer, execute, guard }: Commits, group: readonly WaitingWrite[]): number {
  const answers: (() => void)[] = []
  let statements = 0
  const executeCounted = (query: Statement) => {
    statements += 1
    return execute(query)
  }
  const runCounted = (write: Write<unknown>) => runWrite(executeCounted, write)
  try {
    writer.exec('begin immediate')
    for (const write of group) {
      if (statements >= statementsPerCommitMax) break
      answers.push(runInSavepoint(writer, runCounted, guard, write))
    }
    writer.exec('commit')
  } catch (error) {
    undo(writer)
    if (isBusy(error)) throw error
    const reason = guard.explain(error)
    for (const write of group) write.reject(reason)
    return group.length
  }
  const refusal = guard.afterCommit()
  if (refusal !== undefined) for (const write of group.slice(0, answers.length)) write.reject(refusal)
  else for (const answer of answers) answer()
  return answers.length
}

/** Rolls back the transaction, if there is one. On a damaged database even that may fail. */
export function undo(database: DatabaseSync): void {
  try {
    if (database.isTransaction) database.exec('rollback')
  } catch {
    // The next statement meets the damage too, and reports it.
  }
}

function runInSavepoint(
  writer: DatabaseSync,
  run: (write: Write<unknown>) => unknown,
  guard: Guard,
  write: WaitingWrite,
): () => void {
  writer.exec('savepoint one')
  try {
    const value = run(write.run)
    writer.exec('release one')
    return () => write.resolve(value as never)
  } catch (error) {
    // A full disk may have ended the whole transaction: then no write of the group is stored.
    if (!writer.isTransaction || isBusy(error)) throw error
    writer.exec('rollback to one; release one')
    const reason = guard.explain(error)
    return () => write.reject(reason)
  }
}

function runWrite(execute: (query: Statement) => Row[], write: Write<unknown>): unknown {
  const steps = write()
  let step = steps.next()
  while (!step.done) step = steps.next(rowsOf(execute, step.value))
  return step.value
}

function rowsOf(execute: (query: Statement) => Row[], step: Step): Row[] {
  if ('sql' in step) return execute(step)
  const [only] = step
  return step.length === 1 && only !== undefined ? execute(only) : step.flatMap(execute)
}
