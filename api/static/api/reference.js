// Redoc puts the logo of its maker into the menu, from another host. The content security policy of this page forbids
// that anyway, with an error in the console. Given an empty picture, Redoc leaves the logo out.
(() => {
  const image = HTMLImageElement.prototype;
  const { setAttribute } = image;
  const ours = (source) => (new URL(source, document.baseURI).origin === location.origin ? source : "data:,");

  image.setAttribute = function (name, value) {
    setAttribute.call(this, name, name === "src" ? ours(value) : value);
  };
  Object.defineProperty(image, "src", {
    get() {
      return this.getAttribute("src");
    },
    set(value) {
      this.setAttribute("src", value);
    },
  });
})();
