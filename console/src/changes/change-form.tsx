import type { ChangeRequest, Stage } from '../api/wire.ts'
import { Check, Field, Select } from '../ui/controls.tsx'
import { useWords } from '../words/words.tsx'
import type { ChangeDraft } from './change-draft.ts'
import css from './changes.module.css'

export interface ChangeChoice {
  readonly skillIds: readonly string[]
  readonly stage: Stage
  readonly partition: 'none' | 'unit-name' | 'text'
  readonly partitionText: string
}

const stages: readonly Stage[] = ['live', 'certification', 'development']

/** The request, or undefined while no skill is chosen. */
export function requestOf(draft: ChangeDraft, choice: ChangeChoice): ChangeRequest | undefined {
  if (choice.skillIds.length === 0) return undefined
  const { action, unitIds } = draft
  const request = {
    action,
    skillIds: [...choice.skillIds],
    units: { ids: [...unitIds] },
    stage: choice.stage,
  }
  if (action === 'disable' || choice.partition === 'none') return request
  if (choice.partition === 'unit-name') return { ...request, partition: 'unit-name' }
  return choice.partitionText === '' ? undefined : { ...request, partition: { text: choice.partitionText } }
}

interface FormProps {
  readonly draft: ChangeDraft
  readonly choice: ChangeChoice
  readonly onChange: (choice: ChangeChoice) => void
}

export function ChangeForm({ draft, choice, onChange }: FormProps) {
  const words = useWords()
  const set = (part: Partial<ChangeChoice>) => onChange({ ...choice, ...part })
  return (
    <>
      <fieldset className={css.fieldset}>
        <legend>{words.change.skills}</legend>
        <div className={css.skills}>
          {draft.skills.map(({ id, name }) => (
            <Check
              key={id}
              label={name}
              checked={choice.skillIds.includes(id)}
              onChange={(event) =>
                set({
                  skillIds: event.target.checked
                    ? [...choice.skillIds, id]
                    : choice.skillIds.filter((one) => one !== id),
                })
              }
            />
          ))}
        </div>
      </fieldset>
      <div className={css.options}>
        <Select
          label={words.change.stage}
          value={choice.stage}
          options={stages.map((stage) => [stage, words.stage[stage]] as const)}
          onChange={(stage) => set({ stage: stages.find((one) => one === stage) ?? 'live' })}
        />
        {draft.action === 'enable' && (
          <Select
            label={words.change.partition}
            value={choice.partition}
            options={[
              ['none', words.change.partitions.none],
              ['unit-name', words.change.partitions.name],
              ['text', words.change.partitions.text],
            ]}
            onChange={(value) =>
              set({ partition: value === 'unit-name' || value === 'text' ? value : 'none' })
            }
          />
        )}
        {draft.action === 'enable' && choice.partition === 'text' && (
          <Field label={words.change.partitionText}>
            {(control) => (
              <input
                {...control}
                value={choice.partitionText}
                onChange={(event) => set({ partitionText: event.target.value })}
              />
            )}
          </Field>
        )}
      </div>
    </>
  )
}
