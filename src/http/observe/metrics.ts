/**
 * The numbers of `/metrics`, in the text format of Prometheus. Recording a request costs two look-ups and two
 * additions; a scrape does the rest.
 */

export interface Metrics {
  /** Counts an answered request. `outcome` is `ok`, `cut_short` or the code of the error. */
  record(operation: string, outcome: string, durationMs: number): void
  /** Counts a refusal, or one of an item of a batch. */
  recordRefusal(operation: string, code: string, reason: string): void
  /** Returns all numbers as text, including the given gauges. */
  render(gauges: Gauges): string
}

/** Each by its name without the prefix `skillkeeper_`. */
export type Gauges = Readonly<Record<string, readonly [help: string, value: number]>>

/** Upper bounds of the duration histogram, in milliseconds. */
const boundsMs = [0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000]

interface OperationNumbers {
  readonly outcomes: Map<string, number>
  /** Counts of requests by the first bound they are within; the last element counts all slower ones. */
  readonly durations: Uint32Array
  durationSumMs: number
}

/** Makes the numbers of one service, all zero. */
export function createMetrics(): Metrics {
  const operations = new Map<string, OperationNumbers>()
  /** By their labels. */
  const refusals = new Map<string, number>()
  return {
    recordRefusal(operation, code, reason) {
      const labels = `operation="${operation}",code="${code}",reason="${reason}"`
      refusals.set(labels, (refusals.get(labels) ?? 0) + 1)
    },
    record(operation, outcome, durationMs) {
      const numbers = operations.get(operation) ?? addOperation(operations, operation)
      numbers.outcomes.set(outcome, (numbers.outcomes.get(outcome) ?? 0) + 1)
      let index = 0
      while (index < boundsMs.length && durationMs > (boundsMs[index] ?? 0)) index += 1
      numbers.durations[index] = (numbers.durations[index] ?? 0) + 1
      numbers.durationSumMs += durationMs
    },
    render: (gauges) =>
      [
        ...requestLines(operations),
        ...refusalLines(refusals),
        ...gaugeLines(gauges),
        ...processLines(),
        '',
      ].join('\n'),
  }
}

function addOperation(operations: Map<string, OperationNumbers>, operation: string): OperationNumbers {
  const numbers = {
    outcomes: new Map<string, number>(),
    durations: new Uint32Array(boundsMs.length + 1),
    durationSumMs: 0,
  }
  operations.set(operation, numbers)
  return numbers
}

function requestLines(operations: ReadonlyMap<string, OperationNumbers>): string[] {
  return [
    ...heading('skillkeeper_requests_total', 'counter', 'Requests answered, by operation and outcome.'),
    ...[...operations].flatMap(([operation, { outcomes }]) =>
      [...outcomes].map(
        ([outcome, count]) =>
          `skillkeeper_requests_total{operation="${operation}",outcome="${outcome}"} ${count}`,
      ),
    ),
    ...heading('skillkeeper_request_duration_seconds', 'histogram', 'Time from request to response.'),
    ...[...operations].flatMap(([operation, numbers]) => histogramLines(operation, numbers)),
  ]
}

function refusalLines(refusals: ReadonlyMap<string, number>): string[] {
  return [
    ...heading('skillkeeper_refusals_total', 'counter', 'Refusals, one for each bad item of a batch.'),
    ...[...refusals].map(([labels, count]) => `skillkeeper_refusals_total{${labels}} ${count}`),
  ]
}

function gaugeLines(gauges: Gauges): string[] {
  return Object.entries(gauges).flatMap(([name, [help, value]]) => [
    ...heading(`skillkeeper_${name}`, 'gauge', help),
    `skillkeeper_${name} ${value}`,
  ])
}

function histogramLines(operation: string, { durations, durationSumMs }: OperationNumbers): string[] {
  const name = 'skillkeeper_request_duration_seconds'
  let count = 0
  const buckets = Array.from(durations, (inBucket, index) => {
    count += inBucket
    const bound = boundsMs[index]
    return `${name}_bucket{operation="${operation}",le="${bound === undefined ? '+Inf' : bound / 1000}"} ${count}`
  })
  return [
    ...buckets,
    `${name}_sum{operation="${operation}"} ${durationSumMs / 1000}`,
    `${name}_count{operation="${operation}"} ${count}`,
  ]
}

function processLines(): string[] {
  const memory = process.memoryUsage()
  const cpu = process.cpuUsage()
  const busyMs = performance.eventLoopUtilization().active
  const values: [name: string, type: string, help: string, value: number][] = [
    ['process_start_time_seconds', 'gauge', 'When the process started.', performance.timeOrigin / 1000],
    ['process_cpu_seconds_total', 'counter', 'Processor time used.', (cpu.user + cpu.system) / 1_000_000],
    ['process_resident_memory_bytes', 'gauge', 'Memory of the process.', memory.rss],
    ['nodejs_heap_size_used_bytes', 'gauge', 'Memory of JavaScript objects.', memory.heapUsed],
    ['nodejs_external_memory_bytes', 'gauge', 'Memory of buffers.', memory.external],
    [
      'nodejs_eventloop_busy_seconds_total',
      'counter',
      'Time in which the event loop was busy.',
      busyMs / 1000,
    ],
  ]
  return values.flatMap(([name, type, help, value]) => [...heading(name, type, help), `${name} ${value}`])
}

function heading(name: string, type: string, help: string): [string, string] {
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`]
}
