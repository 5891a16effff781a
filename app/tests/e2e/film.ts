// A fake camera: Chromium plays a file where it would look through a lens.
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { browser } from './support'

/** A film of one still picture, as a fake camera plays it: motion JPEG of a page's screenshot. */
export async function film(of: Browser, picture: Buffer, name: string): Promise<string> {
  const page = await of.newPage({ viewport: { width: 640, height: 480 } })
  const data = `data:image/png;base64,${picture.toString('base64')}`
  await page.setContent(`<style>body{margin:0;background:#fff;display:grid;place-items:center;height:480px}img{height:440px}</style><img src="${data}">`)
  await page.locator('img').evaluate((img: HTMLImageElement) => img.decode())
  const frame = await page.screenshot({ type: 'jpeg', quality: 95 })
  await page.close()
  const path = join(mkdtempSync(join(tmpdir(), 'anpei-camera-')), `${name}.mjpeg`)
  writeFileSync(path, Buffer.concat([frame, frame]))
  return path
}

export const camera = (path: string): Promise<Browser> =>
  browser([
    '--use-fake-ui-for-media-stream',
    '--use-fake-device-for-media-stream',
    `--use-file-for-fake-video-capture=${path}`,
  ])
