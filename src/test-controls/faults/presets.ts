import type { Activation } from '../../protocol/test-controls/clock.ts'
import type { FaultPreset, FaultRule } from '../../protocol/test-controls/faults.ts'

/** The rules and the activation of a preset. */
export interface Preset {
  readonly rules: readonly FaultRule[]
  /** When enablements become `ENABLED` from then on. */
  readonly activation?: Activation
}

const badGateway = {
  status: 502,
  body: '<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad Gateway</h1></center>\r\n</body>\r\n</html>\r\n',
}
const gatewayTimeout = {
  status: 504,
  body: '<html>\r\n<head><title>504 Gateway Time-out</title></head>\r\n<body>\r\n<center><h1>504 Gateway Time-out</h1></center>\r\n</body>\r\n</html>\r\n',
}

const presets: Readonly<Record<FaultPreset, Preset>> = {
  flaky: {
    rules: [
      {
        id: 'flaky',
        when: { probability: 0.1 },
        effect: { error: 'SERVICE_UNAVAILABLE', retryAfterSeconds: 1 },
      },
    ],
  },
  slow: { rules: [{ id: 'slow', effect: { latencyMs: { p50: 300, p99: 3000 } } }] },
  throttled: {
    rules: [
      {
        id: 'throttled',
        when: { every: 3 },
        effect: { error: 'TOO_MANY_REQUESTS', retryAfterSeconds: 1 },
        enforceRetryAfter: true,
      },
    ],
  },
  'token-server-down': { rules: [{ id: 'token-server-down', effect: { link: 'unreachable' } }] },
  'dying-proxy': {
    rules: [
      { id: 'dying-proxy', early: true, when: { probability: 0.1 }, effect: badGateway },
      { id: 'dying-proxy-late', at: 'after', when: { probability: 0.05 }, effect: gatewayTimeout },
      { id: 'dying-proxy-reset', at: 'after', when: { probability: 0.03 }, effect: { connection: 'reset' } },
      { id: 'dying-proxy-cut', when: { probability: 0.03 }, effect: { connection: 'truncate', bytes: 20 } },
    ],
  },
  'amazon-like': {
    rules: [{ id: 'amazon-like', when: { abovePerSecond: 20 }, effect: { error: 'TOO_MANY_REQUESTS' } }],
    activation: { kind: 'delay', ms: 4000 },
  },
}

/** Returns the rules of a preset. Each has the ID of the preset, or begins with it. */
export function presetOf(name: FaultPreset, seed: number | undefined): Preset {
  const preset = presets[name]
  if (seed === undefined) return preset
  return { ...preset, rules: preset.rules.map((rule) => ({ ...rule, when: { ...rule.when, seed } })) }
}
