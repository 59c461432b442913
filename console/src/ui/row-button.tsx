/** The buttons in a row of a table. */
import { useWords } from '../words/words.tsx'
import { Button } from './controls.tsx'

interface RowButtonProps {
  readonly label: string
  /** The name of the row: a screen reader hears what the button is about. */
  readonly name: string
  readonly onClick: () => void
}

export function RowButton({ label, name, onClick }: RowButtonProps) {
  return (
    <Button small aria-label={`${label}: ${name}`} onClick={onClick}>
      {label}
    </Button>
  )
}

/** The button that removes the row. */
export function RemoveButton(props: Omit<RowButtonProps, 'label'>) {
  return <RowButton label={useWords().catalog.remove} {...props} />
}
