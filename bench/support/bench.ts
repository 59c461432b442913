/** What a benchmark gets to work with, and what it gives back. */
import path from 'node:path'
import { type Child, type ChildOptions, startChild } from './child.ts'
import { client, fillDatabase, writeCatalog } from './dataset.ts'
import { type LoadGenerator, startLoadGenerator } from './load.ts'
import { type Program, readyUrl } from './program.ts'
import type { Figure } from './rounds.ts'

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
  /** Length of a slice. */
  readonly seconds: number
  readonly rounds: number
  /** Up to ten million enablements instead of one. */
  readonly isLarge: boolean
  /** The script of json-server, where somebody has installed it. */
  readonly jsonServer: string | undefined
}

export interface Bench extends BenchOptions {
  readonly load: LoadGenerator
  /** A data folder with so many enablements; made once. */
  dataFolder(enablements: number): Promise<string>
  /** A data folder of the same kind for itself. */
  ownDataFolder(name: string, enablements: number): Promise<string>
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
}

export interface Service extends Child {
  readonly url: string
}

/** Enablements of the benchmarks of writing, and of the smaller end of growth. */
export const fewEnablements = 10_000
export const manyEnablements = 1_000_000

export async function openBench(options: BenchOptions): Promise<Bench> {
  const { folder } = options
  const made = new Map<string, Promise<string>>()
  const catalog = writeCatalog(folder)
  const log = path.join(folder, 'log.txt')
  const load = await startLoadGenerator(log)

  async function startListening(child: ChildOptions): Promise<Service> {
    const started = await startChild(child)
    return { ...started, url: readyUrl(started.readyLine) }
  }
  function startService(data: string, service: ServiceOptions = {}): Promise<Service> {
    const { flags = [], nodeArguments = [], environment = {}, program = options.program } = service
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
  async function makeDataFolder(data: string, enablements: number): Promise<string> {
    // The service makes its tables and its secrets; the rest is beside it.
    const service = await startService(data)
    await service.stop()
    fillDatabase(data, unitsOf(enablements), enablements >= manyEnablements)
    return data
  }
  function ownDataFolder(name: string, enablements: number): Promise<string> {
    const data = path.join(folder, name)
    const making = made.get(data) ?? makeDataFolder(data, enablements)
    made.set(data, making)
    return making
  }
  return {
    ...options,
    load,
    startService,
    ownDataFolder,
    dataFolder: (enablements) => ownDataFolder(`enablements-${enablements}`, enablements),
    startFloor: (file, ...args) =>
      startListening({ command: [file, ...args], core: 'measured', log, folder }),
  }
}

/** Units of a data folder with so many enablements, the large one not counted. */
export function unitsOf(enablements: number): number {
  return enablements / 10
}

export const tokenPath = '/auth/o2/token'
export const clientCredentials = {
  grant_type: 'client_credentials',
  client_id: client.id,
  client_secret: client.secret,
  scope: 'alexa::enterprise:management',
}

/** An access token of the service. */
export async function accessToken({ url }: Service): Promise<string> {
  const response = await fetch(url + tokenPath, {
    method: 'POST',
    body: new URLSearchParams(clientCredentials),
  })
  const answer = (await response.json()) as { access_token?: string }
  if (answer.access_token === undefined) throw new Error(`No token: ${JSON.stringify(answer)}`)
  return answer.access_token
}

/** The answer to a get of the path, as text. */
export async function fetchText({ url }: Service, path: string, token: string): Promise<string> {
  const response = await fetch(url + path, { headers: { authorization: `Bearer ${token}` } })
  const text = await response.text()
  if (!response.ok) throw new Error(`${path}: ${response.status} ${text}`)
  return text
}
