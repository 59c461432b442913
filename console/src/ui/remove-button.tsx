/** The button that removes a row of a table. */
import { useWords } from '../words/words.tsx'
import { Button } from './controls.tsx'

interface RemoveButtonProps {
  /** The name of the row: a screen reader hears what is removed. */
  readonly name: string
  readonly onClick: () => void
}

export function RemoveButton({ name, onClick }: RemoveButtonProps) {
  const { remove } = useWords().catalog
  return (
    <Button small aria-label={`${remove}: ${name}`} onClick={onClick}>
      {remove}
    </Button>
  )
}
