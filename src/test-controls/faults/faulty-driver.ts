/** A driver of storage that fails as rules say, through the path that a real failure takes. */
import type { MaybePromise } from '../../model/maybe-promise.ts'
import type { Driver, Row, Statement, Write } from '../../storage/engine/driver.ts'
import { unavailable } from '../../storage/sqlite/errors.ts'
import { currentScope, isPastFaults } from '../requests/scope.ts'
import type { Faults } from './rules.ts'
import type { Strike } from './strike.ts'

/** Codes of SQLite: https://sqlite.org/rescode.html */
const inputOutputError = 10
const diskFull = 13

export interface FaultyDriverOptions {
  readonly faults: Faults
  /** The world is being opened: nothing fails then. */
  isOpening(): boolean
  /** Sleeps in real time. */
  sleep(ms: number): Promise<void>
}

export function faultyDriver(driver: Driver, { faults, isOpening, sleep }: FaultyDriverOptions): Driver {
  function strike(isWrite: boolean): Strike | undefined {
    if (!faults.actsAt('storage') || isOpening() || isPastFaults()) return undefined
    const scope = currentScope()
    if (scope !== undefined) scope.asked ??= new Map()
    const found = faults.strike({ point: 'storage', subject: scope?.subject(), isWrite }, scope?.asked)
    if (scope !== undefined && found.hit !== undefined) scope.fault = found.hit.id
    return found
  }

  function read(statement: Statement): MaybePromise<Row[]> {
    const { hit, latencyMs } = strike(false) ?? {}
    const go = () => {
      if (hit !== undefined) throw unavailable(engineError(inputOutputError, 'disk I/O error'))
      return driver.read(statement)
    }
    return latencyMs !== undefined && latencyMs.before > 0 ? sleep(latencyMs.before).then(go) : go()
  }

  async function write<T>(write: Write<T>, ...keys: readonly string[]): Promise<T> {
    const { hit, latencyMs } = strike(true) ?? {}
    if (latencyMs !== undefined && latencyMs.before > 0) await sleep(latencyMs.before)
    switch (hit?.rule.effect.storage) {
      case undefined:
        return driver.write(write, ...keys)
      case 'down':
        throw unavailable(engineError(inputOutputError, 'disk I/O error'))
      case 'full':
        return driver.write(outOfSpace(write), ...keys)
    }
  }

  return { ...driver, read, write }
}

/** The write does all its work inside the transaction, and then finds the disk full: the engine undoes it. */
function outOfSpace<T>(write: Write<T>): Write<T> {
  return function* () {
    yield* write()
    throw engineError(diskFull, 'database or disk is full')
  }
}

function engineError(errcode: number, message: string): Error {
  return Object.assign(new Error(message), { errcode })
}
