// Builds the app: Vite, then the service worker with the list of what it keeps, then compressed siblings of every text.
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'
import { build } from 'vite'

const dist = new URL('../dist/', import.meta.url).pathname
await build({ logLevel: 'warn' })

function files(folder) {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name)
    return statSync(path).isDirectory() ? files(path) : [path]
  })
}

const address = (path) => '/' + relative(dist, path).split(sep).join('/')
const digest = (bytes) => createHash('sha256').update(bytes).digest('hex').slice(0, 16)

// The scanner's wasm and the wall are kept by whoever opens them: a worker's first visit stays small.
const later = /\.wasm$|\/icons\/icon-512|robots\.txt|\.map$/
const shell = files(dist)
  .filter((path) => !later.test(path))
  .map((path) => [address(path), digest(readFileSync(path))])
  .filter(([path]) => path !== '/sw.js')
  .sort()
const version = digest(JSON.stringify(shell))
const worker = readFileSync(new URL('../src/sw.js', import.meta.url), 'utf8')
writeFileSync(
  join(dist, 'sw.js'),
  worker
    .replace('"__VERSION__"', JSON.stringify(version))
    .replace('["__SHELL__"]', JSON.stringify(shell.map(([path]) => path))),
)

const texts = /\.(html|js|css|svg|json|webmanifest|wasm|txt)$/
for (const path of files(dist).filter((path) => texts.test(path))) {
  const bytes = readFileSync(path)
  if (bytes.length < 512) continue
  writeFileSync(path + '.gz', gzipSync(bytes, { level: 9 }))
  writeFileSync(
    path + '.br',
    brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }),
  )
}
const first = shell.length
console.log(`app ${version}: ${first} files kept offline`)
