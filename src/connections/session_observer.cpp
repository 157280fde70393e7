#include "connections/session_observer.hpp"

namespace forklore {

//! [nobody-looks]
SessionObserver*& session_observer() {
    static SessionObserver nobody;
    static SessionObserver* observer = &nobody;
    return observer;
}
//! [nobody-looks]

}  // namespace forklore
