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
  readonly execute: Execute
  readonly guard: Guard
}

/**
 * Commits a group, or as much of it as one commit takes, and returns how many writes. Each write resolves after the commit. A
 * write that fails does not fail others; a commit that fails fails all of them. Throws when another program holds the
 * database: no write has run then, and none is settled.
 */
export function commitGroup(commits: Commits, group: readonly WaitingWrite[]): number {
  try {
    return commitWrites(commits, group, runAtOnce)
  } catch (error) {
    if (error instanceof HalfDone) return commitWrites(commits, group, runInSavepoint)
    throw error
  }
}

/** A write has failed after it changed something. The transaction was rolled back, and no write is settled. */
class HalfDone extends Error {}

/** Runs a write and returns what settles it after the commit. */
type RunOne = (commits: Commits, write: WaitingWrite, execute: Execute) => () => void

type Execute = (query: Statement) => Row[]

function commitWrites(commits: Commits, group: readonly WaitingWrite[], runOne: RunOne): number {
  const { writer, guard } = commits
  const answers: (() => void)[] = []
  let statements = 0
  const execute = (query: Statement) => {
    statements += 1
    return commits.execute(query)
  }
  try {
    writer.exec('begin immediate')
    for (const write of group) {
      if (statements >= statementsPerCommitMax) break
      answers.push(runOne(commits, write, execute))
    }
    writer.exec('commit')
  } catch (error) {
    undo(writer)
    if (isBusy(error) || error instanceof HalfDone) throw error
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

/**
 * Runs a write without a savepoint, which would cost a fifth of it. A statement that fails changes nothing. Only a write that has
 * changed something before it fails needs to be undone: throws `HalfDone` then.
 */
function runAtOnce({ writer, guard }: Commits, write: WaitingWrite, execute: Execute): () => void {
  let hasChanged = false
  const executeNoted = (query: Statement) => {
    const rows = execute(query)
    hasChanged ||= !query.sql.startsWith('select ')
    return rows
  }
  try {
    const value = runWrite(executeNoted, write.run)
    return () => write.resolve(value as never)
  } catch (error) {
    if (isEnded(writer, error)) throw error
    if (hasChanged) throw new HalfDone('A write has failed half way.', { cause: error })
    const reason = guard.explain(error)
    return () => write.reject(reason)
  }
}

function runInSavepoint({ writer, guard }: Commits, write: WaitingWrite, execute: Execute): () => void {
  writer.exec('savepoint one')
  try {
    const value = runWrite(execute, write.run)
    writer.exec('release one')
    return () => write.resolve(value as never)
  } catch (error) {
    if (isEnded(writer, error)) throw error
    writer.exec('rollback to one; release one')
    const reason = guard.explain(error)
    return () => write.reject(reason)
  }
}

/** Whether the error ends the whole transaction, as that of a full disk may: then no write of the group is stored. */
function isEnded(writer: DatabaseSync, error: unknown): boolean {
  return !writer.isTransaction || isBusy(error)
}

function runWrite(execute: Execute, write: Write<unknown>): unknown {
  const steps = write()
  let step = steps.next()
  while (!step.done) step = steps.next(rowsOf(execute, step.value))
  return step.value
}

function rowsOf(execute: Execute, step: Step): Row[] {
  if ('sql' in step) return execute(step)
  const [only] = step
  return step.length === 1 && only !== undefined ? execute(only) : step.flatMap(execute)
}
