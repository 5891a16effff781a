// What the items of special operations are called, kept for when there is no network.
import { type Schemas, api, ask } from './api/client'
import { type Loaded, load } from './load'
import { look } from './look'

export function catalogue(): { loaded: Loaded<Schemas['CatalogueView']>; name: (code: string) => string } {
  const loaded = load(() => ask(api.GET('/v1/certificates/catalogue')), 'catalogue')
  const name = (code: string): string => {
    const item = loaded.data?.items.find((one) => one.code === code)
    return item ? (look.lang === 'en' ? item.item_en : item.item_zh) : code
  }
  return { loaded, name }
}
