/** Many writes in one transaction of SQLite, so that one `fsync` serves them all. */
import type { DatabaseSync } from 'node:sqlite'
import type { Row, Statement, Step, Write } from './driver.ts'
import { unavailable } from './sqlite-errors.ts'
import type { WaitingWrite } from './write-queue.ts'

/** Statements after which a commit takes no further write: one write may have thousands. */
const statementsPerCommitMax = 2000

/**
 * Commits a group, or as much of it as one commit takes, and gives how many. Each write answers after the commit, and a
 * write that fails takes no other with it; a commit that fails takes all.
 */
export function commitGroup(
  writer: DatabaseSync,
  execute: (query: Statement) => Row[],
  group: readonly WaitingWrite[],
): number {
  const answers: (() => void)[] = []
  let statements = 0
  const executeCounted = (query: Statement) => {
    statements += 1
    return execute(query)
  }
  try {
    writer.exec('begin immediate')
    for (const write of group) {
      if (statements >= statementsPerCommitMax) break
      answers.push(runInSavepoint(writer, executeCounted, write))
    }
    writer.exec('commit')
  } catch (error) {
    for (const write of group) write.reject(unavailable(error))
    if (writer.isTransaction) writer.exec('rollback')
    return group.length
  }
  for (const answer of answers) answer()
  return answers.length
}

function runInSavepoint(
  writer: DatabaseSync,
  execute: (query: Statement) => Row[],
  write: WaitingWrite,
): () => void {
  writer.exec('savepoint one')
  try {
    const value = runWrite(execute, write.run)
    writer.exec('release one')
    return () => write.resolve(value as never)
  } catch (error) {
    // A full disk may have ended the whole transaction: then nothing of the group stands.
    if (!writer.isTransaction) throw error
    writer.exec('rollback to one; release one')
    return () => write.reject(unavailable(error))
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
