import { useMutation } from '@tanstack/react-query'
import { readCatalog } from '../api/catalog.ts'
import { download } from '../browser/download.ts'
import { Button } from '../ui/controls.tsx'
import { Problem } from '../ui/states.tsx'
import { useWords } from '../words/words.tsx'

/** Saves the catalog as a file that the service can load again. */
export function DownloadCatalog() {
  const words = useWords()
  const save = useMutation({
    mutationFn: async () =>
      download('catalog.json', `${JSON.stringify(await readCatalog(), null, 2)}\n`, 'application/json'),
  })
  return (
    <>
      <Button title={words.catalog.downloadHint} disabled={save.isPending} onClick={() => save.mutate()}>
        {words.catalog.download}
      </Button>
      {save.error && <Problem error={save.error} />}
    </>
  )
}
