import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vite'

export default defineConfig({
  plugins: [vue()],
  // Every screen is a setup: the other way of writing one stays at home.
  define: { __VUE_OPTIONS_API__: 'false' },
  build: {
    target: 'es2022',
    outDir: 'dist',
    // Precompressed siblings and the service worker's list are made by scripts/build.mjs.
    reportCompressedSize: false,
    assetsInlineLimit: 0,
    // A module is asked for when its screen is: no list of them before the first paint.
    modulePreload: { polyfill: false },
    rolldownOptions: {
      output: {
        // Few small files of the first load are one: together they pack better, and ask once.
        codeSplitting: {
          groups: [
            { name: 'kit', test: /src\/(kit\/(Banner|Btn|Card|Chip|Field|Icon|Problem|Row|Screen|Skel|State|icons|pull|toast)|attempt|load|look|i18n|session|tabs|api\/(client|tokens)|offline\/(net|store))/ },
          ],
        },
      },
    },
  },
  server: { proxy: { '/v1': 'http://127.0.0.1:8080' } },
  test: { include: ['tests/unit/**/*.test.ts'] },
} as never)
