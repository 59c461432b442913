/** What happens to a primary, and how its machine comes back. */
import type { Cluster } from './cluster.ts'
import { connect, cutOff, type Machine, signal } from './machines.ts'

interface Harm {
  /** For the table. */
  readonly title: string
  do(machine: Machine): void
  /** When writes are acknowledged again. */
  mend(machine: Machine, cluster: Cluster): void
}

const both = ['postgres', 'patroni']

export const harms = {
  crash: {
    title: 'SIGKILL of PostgreSQL and Patroni',
    do: (machine) => signal(machine, 'SIGKILL', both),
    mend: (machine, cluster) => cluster.startPatroni(machine),
  },
  kill: {
    title: 'SIGKILL of PostgreSQL alone',
    do: (machine) => signal(machine, 'SIGKILL', ['postgres']),
    mend: () => {},
  },
  freeze: {
    title: 'SIGSTOP of PostgreSQL and Patroni',
    do: (machine) => signal(machine, 'SIGSTOP', both),
    mend: (machine) => signal(machine, 'SIGCONT', both),
  },
  hang: {
    title: 'SIGSTOP of PostgreSQL alone',
    do: (machine) => signal(machine, 'SIGSTOP', ['postgres']),
    mend: (machine) => signal(machine, 'SIGCONT', ['postgres']),
  },
  partition: {
    title: 'network partition of the whole machine',
    do: cutOff,
    mend: connect,
  },
} as const satisfies Readonly<Record<string, Harm>>

export type Kind = keyof typeof harms

export function isKind(name: string): name is Kind {
  return name in harms
}
