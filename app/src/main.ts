import { createApp } from 'vue'
import App from './App.vue'
import { ready } from './i18n'
import { applyLook } from './look'
import { router } from './router'
import './styles.css'

applyLook()
await ready()
createApp(App).use(router).mount('#app')
if ('serviceWorker' in navigator && import.meta.env.PROD) {
  // Keeping the shell is no hurry: the first screen has the line and the processor to itself.
  const keep = (): Promise<void> => import('./offline/update').then(({ watchUpdates }) => watchUpdates())
  // Without a network by then, it is kept once there is one.
  const idle = (): void => void setTimeout(() => void keep().catch(() => addEventListener('online', () => void keep().catch(() => {}), { once: true })), 1500)
  if (document.readyState === 'complete') idle()
  else addEventListener('load', idle, { once: true })
}
