/** A field that finds something while one types, by Base UI. */
import { Combobox as BaseCombobox } from '@base-ui/react/combobox'
import css from './combobox.module.css'

export interface Found {
  readonly key: string
  readonly text: string
  /** Where it is. */
  readonly note: string
}

interface ComboboxProps {
  readonly label: string
  readonly placeholder: string
  readonly items: readonly Found[]
  /** What the list says in the place of items. */
  readonly state: string
  readonly onType: (text: string) => void
  readonly onChoose: (found: Found) => void
}

export function Combobox({ label, placeholder, items, state, onType, onChoose }: ComboboxProps) {
  return (
    <BaseCombobox.Root
      items={[...items]}
      filter={null}
      value={null}
      itemToStringLabel={(item: Found) => item.text}
      autoHighlight
      onInputValueChange={(text) => onType(text)}
      onValueChange={(item) => {
        if (item) onChoose(item)
      }}
    >
      <BaseCombobox.Input className={css.find} aria-label={label} placeholder={placeholder} data-find="" />
      <BaseCombobox.Portal>
        <BaseCombobox.Positioner className={css.place} sideOffset={6} align="end">
          <BaseCombobox.Popup className={css.popup} aria-label={label}>
            <BaseCombobox.Status className={css.note}>{state}</BaseCombobox.Status>
            <BaseCombobox.List className={css.list}>
              {(item: Found) => (
                <BaseCombobox.Item key={item.key} className={css.item} value={item}>
                  <span>
                    {item.text}
                    {item.note && <div className={css.path}>{item.note}</div>}
                  </span>
                </BaseCombobox.Item>
              )}
            </BaseCombobox.List>
          </BaseCombobox.Popup>
        </BaseCombobox.Positioner>
      </BaseCombobox.Portal>
    </BaseCombobox.Root>
  )
}
