import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { addFault, addPreset, readFaults, removeFault, switchFault } from '../api/test-controls.ts'
import { Button, Check, Field, Row, Select } from '../ui/controls.tsx'
import { RemoveButton } from '../ui/row-button.tsx'
import { Empty, Problem, Shown } from '../ui/states.tsx'
import { numberClass, Table } from '../ui/table.tsx'
import { useFormats, useWords } from '../words/words.tsx'
import css from './developer.module.css'

const presets = ['flaky', 'slow', 'throttled', 'token-server-down', 'dying-proxy', 'amazon-like'] as const
const example = JSON.stringify(
  { match: { operation: 'enable' }, when: { times: 2 }, effect: { error: 'TOO_MANY_REQUESTS' } },
  null,
  2,
)

/** The fault rules: what fails, how often it did, and a switch for each. */
export function Faults() {
  const words = useWords()
  const formats = useFormats()
  const queries = useQueryClient()
  const [preset, setPreset] = useState<(typeof presets)[number]>('flaky')
  const [rule, setRule] = useState(example)
  const faults = useQuery({
    queryKey: ['test', 'faults'],
    queryFn: async ({ signal }) => await readFaults(signal),
    refetchInterval: 2000,
  })
  const change = useMutation({
    mutationFn: async (step: () => Promise<unknown>) => await step(),
    onSettled: async () => await queries.invalidateQueries({ queryKey: ['test', 'faults'] }),
  })
  return (
    <>
      <Shown query={faults}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty title={words.developer.noFaults} />
          ) : (
            <Table
              caption={words.developer.tabs.faults}
              heads={[
                words.developer.rule,
                words.developer.matched,
                words.developer.struck,
                words.catalog.actions,
              ]}
              numbers={[1, 2]}
            >
              {items.map(({ id, rule: shown, enabled, matched, struck, warning }) => (
                <tr key={id}>
                  <td>
                    <strong>{id}</strong>
                    <div className={css.rule}>
                      <code>{JSON.stringify({ ...shown, id: undefined })}</code>
                    </div>
                    {warning && <div>⚠ {warning}</div>}
                  </td>
                  <td className={numberClass}>{formats.number(matched)}</td>
                  <td className={numberClass}>{formats.number(struck)}</td>
                  <td>
                    <Row>
                      <Check
                        label={words.developer.isOn(id)}
                        checked={enabled}
                        onChange={() => change.mutate(() => switchFault(id, !enabled))}
                      />
                      <RemoveButton name={id} onClick={() => change.mutate(() => removeFault(id))} />
                    </Row>
                  </td>
                </tr>
              ))}
            </Table>
          )
        }
      </Shown>
      {change.error && <Problem error={change.error} />}
      <Row>
        <Select
          label={words.developer.preset}
          value={preset}
          options={presets.map((one) => [one, one] as const)}
          onChange={(value) => setPreset(presets.find((one) => one === value) ?? 'flaky')}
        />
        <Button onClick={() => change.mutate(() => addPreset(preset))}>{words.developer.add}</Button>
      </Row>
      <Field label={words.developer.newRule}>
        {(control) => (
          <textarea {...control} value={rule} onChange={(event) => setRule(event.target.value)} />
        )}
      </Field>
      <Row>
        <Button kind="primary" onClick={() => change.mutate(async () => await addFault(JSON.parse(rule)))}>
          {words.developer.add}
        </Button>
      </Row>
    </>
  )
}
