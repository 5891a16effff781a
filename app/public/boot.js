// Before the first paint: the look this phone was set to. A file of its own, because the policy allows no inline script.
;(() => {
  let look = {}
  try {
    look = JSON.parse(localStorage.getItem('anpei.look') || '{}')
  } catch {
    // A broken setting is no setting.
  }
  const root = document.documentElement
  const dark = look.theme === 'dark' || (look.theme !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches)
  root.dataset.theme = dark ? 'dark' : 'light'
  if (look.large) root.dataset.large = ''
  if (look.lang === 'en') root.lang = 'en'
})()
