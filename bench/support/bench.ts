/** What a benchmark gets to work with, and what it gives back. */
import { constants, cpSync } from 'node:fs'
import path from 'node:path'
import { type ChildOptions, startChild } from './child.ts'
import { writeCatalog } from './dataset.ts'
import { fillCatalog, fillEnablements } from './fill.ts'
import { type LoadGenerator, startLoadGenerator } from './load.ts'
import { type Program, readyUrl } from './program.ts'
import type { Figure, Rounds } from './rounds.ts'
import type { Service } from './service.ts'

export interface Benchmark {
  /** As `--only` names it. */
  readonly name: string
  run(bench: Bench): Promise<Row[]>
}

/** One line of the table. */
export interface Row {
  readonly measured: string
  readonly unit: string
  readonly ours: Figure
  readonly floor?: { readonly name: string; readonly figure: Figure }
  /** Ours by the floor, round by round. */
  readonly ratio?: Figure
  /** What the ratio, or where there is none our own figure, is to keep. Without one the row only informs. */
  readonly goal?: { readonly atMost: number } | { readonly atLeast: number }
}

export interface BenchOptions {
  /** Takes all data; removed by whoever made it. */
  readonly folder: string
  readonly program: Program
  /** The release before, where there is one to compare with. */
  readonly before: Program | undefined
  /** Length of a slice. */
  readonly seconds: number
  readonly rounds: Rounds
  /** Enablements of the benchmarks of reading. */
  readonly stored: number
  /** Growth to ten times as many, too. */
  readonly isLarge: boolean
  /** The script of json-server, where somebody has installed it. */
  readonly jsonServer: string | undefined
}

export interface Bench extends BenchOptions {
  readonly load: LoadGenerator
  /** A data folder of the program with so many enablements. No service has used it since it was filled. */
  filledFolder(enablements: number, program?: Program): Promise<string>
  /** A copy of it, made once for each name. */
  dataFolder(name: string, enablements: number, program?: Program): Promise<string>
  /** The service as an operator runs it: access log to a file, limits by client off. */
  startService(dataFolder: string, options?: ServiceOptions): Promise<Service>
  /** A program that is compared with: it listens and says where. */
  startFloor(file: string, ...args: string[]): Promise<Service>
}

export interface ServiceOptions {
  /** Further flags. */
  readonly flags?: readonly string[]
  readonly nodeArguments?: readonly string[]
  readonly environment?: Readonly<Record<string, string>>
  /** Another program than that of the run. */
  readonly program?: Program
  /** Another catalog than that of the organization and the client. */
  readonly catalog?: string
}

/** Enablements of the benchmarks of writing, and of the smaller end of growth. */
export const fewEnablements = 10_000

export async function openBench(options: BenchOptions): Promise<Bench> {
  const { folder } = options
  const made = new Map<string, Promise<string>>()
  const usualCatalog = writeCatalog(folder)
  const log = path.join(folder, 'log.txt')
  const load = await startLoadGenerator(log)

  async function startListening(child: ChildOptions): Promise<Service> {
    const started = await startChild(child)
    return { ...started, url: readyUrl(started.readyLine) }
  }
  function startService(data: string, service: ServiceOptions = {}): Promise<Service> {
    const { flags = [], nodeArguments = [], environment = {} } = service
    const { program = options.program, catalog = usualCatalog } = service
    const given = ['--port', '0', '--data', data, '--catalog', catalog, '--rate-limit', '0', ...flags]
    return startListening({
      command: [...program.command, 'serve', ...given],
      nodeArguments: [...program.nodeArguments, ...nodeArguments],
      core: 'measured',
      log,
      folder,
      environment,
    })
  }
  function once(name: string, make: (data: string) => Promise<void>): Promise<string> {
    const data = path.join(folder, name)
    const making = made.get(data) ?? make(data).then(() => data)
    made.set(data, making)
    return making
  }
  function filledFolder(enablements: number, program: Program = options.program): Promise<string> {
    return once(`${program.name}-filled-${enablements}`, async (data) => {
      console.error(`Filling a data folder of ${program.name} with ${enablements} enablements …`)
      const hasLargeUnit = enablements >= options.stored
      await fillCatalog(folder, enablements, hasLargeUnit, (catalog) =>
        startService(data, { program, catalog }),
      )
      const service = await startService(data, { program })
      await fillEnablements(load, service, enablements, hasLargeUnit)
      await service.stop()
    })
  }
  function dataFolder(name: string, enablements: number, program: Program = options.program) {
    return once(`${program.name}-${name}`, async (data) => {
      const filled = await filledFolder(enablements, program)
      cpSync(filled, data, { recursive: true, mode: constants.COPYFILE_FICLONE })
    })
  }
  return {
    ...options,
    load,
    startService,
    filledFolder,
    dataFolder,
    startFloor: (file, ...args) =>
      startListening({ command: [file, ...args], core: 'measured', log, folder }),
  }
}

/** So many enablements, as a row names them. */
export function stored(enablements: number): string {
  const power = Math.log10(enablements)
  const digits = String(power).replace(/./g, (digit) => '⁰¹²³⁴⁵⁶⁷⁸⁹'[Number(digit)] ?? '')
  return `${Number.isInteger(power) ? `10${digits}` : enablements.toLocaleString('en')} stored`
}
