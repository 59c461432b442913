import type { ChangeRequest, Stage } from '../api/wire.ts'
import { Check, Field, Select } from '../ui/controls.tsx'
import { useWords } from '../words/words.tsx'
import type { ChangeDraft } from './change-draft.ts'
import css from './changes.module.css'

export interface ChangeChoice {
  readonly skillIds: readonly string[]
  /** Empty: live when it is turned on, any stage when it is turned off. */
  readonly stage: Stage | ''
  readonly partition: 'keep' | 'none' | 'unit-name' | 'text'
  readonly partitionText: string
}

const stages: readonly Stage[] = ['live', 'certification', 'development']
const partitions = ['keep', 'none', 'unit-name', 'text'] as const

/** The request, or undefined while no skill is chosen. */
export function requestOf(draft: ChangeDraft, choice: ChangeChoice): ChangeRequest | undefined {
  if (choice.skillIds.length === 0) return undefined
  const { action, units } = draft
  const request = {
    action,
    skillIds: [...choice.skillIds],
    units,
    ...(choice.stage && { stage: choice.stage }),
  }
  if (action === 'disable' || choice.partition === 'keep') return request
  if (choice.partition !== 'text') return { ...request, partition: choice.partition }
  return choice.partitionText === '' ? undefined : { ...request, partition: { text: choice.partitionText } }
}

interface FormProps {
  readonly draft: ChangeDraft
  readonly choice: ChangeChoice
  readonly onChange: (choice: ChangeChoice) => void
}

export function ChangeForm({ draft, choice, onChange }: FormProps) {
  const words = useWords()
  const isOn = draft.action === 'enable'
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
          options={[
            ...(isOn ? [] : ([['', words.common.any]] as const)),
            ...stages
              .filter((stage) => !isOn || stage !== 'certification')
              .map((stage) => [stage, words.stage[stage]] as const),
          ]}
          onChange={(stage) => set({ stage: stages.find((one) => one === stage) ?? '' })}
        />
        {isOn && (
          <Select
            label={words.change.partition}
            value={choice.partition}
            options={partitions.map((one) => [one, words.change.partitions[one]] as const)}
            onChange={(value) => set({ partition: partitions.find((one) => one === value) ?? 'keep' })}
          />
        )}
        {isOn && choice.partition === 'text' && (
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
