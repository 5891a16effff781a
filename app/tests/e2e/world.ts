// The county and the browser of a file's journeys, opened before them and shut after. A file has its own.
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, inject } from 'vitest'
import { County, browser } from './support'

export let county: County
export let chromium: Browser

beforeAll(async () => {
  county = await County.open(inject('template'))
  chromium = await browser()
})
afterAll(async () => {
  await chromium?.close()
  county?.close()
})
