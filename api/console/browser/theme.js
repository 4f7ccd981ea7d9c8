// Before anything is drawn: a choice of colours must not flash. No module, so that it runs at once.
const chosen = localStorage.getItem('millrace-colours');
if (chosen === 'light' || chosen === 'dark') document.documentElement.dataset.colours = chosen;
