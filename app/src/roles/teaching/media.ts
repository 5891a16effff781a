// Files are handed in by tus: piece by piece, going on where a cut line left off.
import { type Schemas, Problem, api, heard } from '../../api/client'
import { t } from '../../i18n'

const PIECE = 4 * 1024 * 1024
const TRIES = 8
const VERSION = { 'Tus-Resumable': '1.0.0' as const }
const base64 = (text: string): string => btoa(String.fromCharCode(...new TextEncoder().encode(text)))
const wait = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms))

/** Hands a file in; `told` hears how much of it is there, 0 to 1. The file's id. */
export async function handIn(file: File, purpose: Schemas['MediaPurpose'], told: (share: number) => void): Promise<string> {
  const header = { ...VERSION, 'Upload-Length': file.size, 'Upload-Metadata': `purpose ${base64(purpose)},filename ${base64(file.name)}` }
  const made = await heard(api.POST('/v1/courses/media', { params: { header } }))
  const id = (made.response.headers.get('Location') ?? '').split('/').at(-1) ?? ''
  const path = { media_id: id }
  let at = 0
  for (let tries = 0; at < file.size; ) {
    try {
      const body = file.slice(at, at + PIECE) as unknown as string
      const sent = await heard(
        api.PATCH('/v1/courses/media/{media_id}', {
          params: { path, header: { ...VERSION, 'Upload-Offset': at } },
          headers: { 'Content-Type': 'application/offset+octet-stream' },
          body,
          bodySerializer: (piece) => piece as unknown as Blob,
        }),
      )
      at = Number(sent.response.headers.get('Upload-Offset'))
      tries = 0
    } catch (error) {
      if (!(error instanceof Problem) || (!error.offline && error.status < 500 && error.status !== 409) || ++tries > TRIES) throw error
      await wait(500 * 2 ** Math.min(tries, 5))
      const there = await heard(api.HEAD('/v1/courses/media/{media_id}', { params: { path, header: VERSION } }))
      at = Number(there.response.headers.get('Upload-Offset'))
    }
    told(at / file.size)
  }
  const media = await heard(api.GET('/v1/courses/media/{media_id}', { params: { path } }))
  if (media.data?.state === 'refused') throw new Problem(422, media.data.code ?? 'media', media.data.detail ?? t('state.refused'))
  return id
}
